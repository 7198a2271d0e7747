import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testInstance, type TestInstance } from '../helpers/instance.ts'
import { hasSshd, startSshd, type Sshd } from '../helpers/sshd.ts'

describe.skipIf(!hasSshd)('a run to an OpenSSH server (skipped where sshd is not installed: openssh-server)', () => {
  let instance: TestInstance
  let sshd: Sshd

  beforeAll(async () => {
    sshd = await startSshd()
    instance = await testInstance()
    const shop = join(instance.folder, 'shop.duckdb')
    const database = await DuckDBInstance.create(shop)
    const connection = await database.connect()
    await connection.run(
      "CREATE TABLE customer AS SELECT i AS id, 'Zoë ''the name'' ' || i AS name, md5(i::VARCHAR) AS code FROM range(400000) AS range_of(i)",
    )
    connection.closeSync()
    database.closeSync()
    await instance.apply([
      { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: shop } },
      { kind: 'credential', name: 'partner-key', type: 'sftp', secrets: { user: sshd.user, privateKey: sshd.privateKey } },
      {
        kind: 'destination',
        name: 'partner',
        type: 'sftp',
        credential: 'partner-key',
        settings: { host: sshd.host, port: sshd.port, folder: sshd.folder, hostKey: 'first-seen' },
      },
      { kind: 'query', name: 'customers', database: 'shop', status: 'active', sql: 'SELECT * FROM customer' },
      { kind: 'orchestration', name: 'customers', query: 'customers', destination: 'partner', settings: { fileName: 'in/customers.csv' } },
    ])
  })
  afterAll(() => sshd?.[Symbol.asyncDispose]())

  test('the file arrives whole, byte for byte what the run says, and half of it is never visible', async () => {
    const final = join(sshd.folder, 'in', 'customers.csv')
    const sizesSeen = new Set<number>()
    let unfinishedSeen = false
    let ended = false
    const watching = (async () => {
      while (!ended) {
        const content = await readFile(final).catch(() => null)
        if (content) sizesSeen.add(content.length)
        else unfinishedSeen ||= (await readdir(join(sshd.folder, 'in')).catch(() => [])).some((name) => name.endsWith('.part'))
      }
    })()
    const run = await instance.run('customers')
    ended = true
    await watching
    const content = await readFile(final)
    expect(run).toMatchObject({ state: 'succeeded', counts: { queried: 400_000, delivered: 400_000 }, warnings: [] })
    expect(run.files).toEqual([
      {
        dataset: 'customers',
        name: 'in/customers.csv',
        rows: 400_000,
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      },
    ])
    expect(unfinishedSeen).toBe(true)
    expect([...sizesSeen].filter((size) => size !== content.length)).toEqual([])
    expect(await readdir(join(sshd.folder, 'in'))).toEqual(['customers.csv'])
    expect(content.toString('utf8').split('\n').length - 2).toBe(400_000)
  })

  test('the host key that was met first is pinned: another server at the same place is refused', async () => {
    const { port } = sshd
    await sshd[Symbol.asyncDispose]()
    sshd = await startSshd({ port })
    const run = await instance.run('customers')
    expect(run).toMatchObject({ state: 'blocked', reason: 'HOST_KEY_MISMATCH' })
  })
})
