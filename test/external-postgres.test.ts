/** The store on a PostgreSQL that is not ours: the oldest supported version, over TCP, with a password and a role without privileges. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { decideServerUser } from '../src/store/embedded-postgres/server-user.ts'
import type { Store } from '../src/store/open-store.ts'
import { openStore } from '../src/store/open-store.ts'
import { eventually } from './helpers/eventually.ts'
import { run } from './helpers/global-setup.ts'

const programs = '/usr/lib/postgresql/15/bin'

describe.skipIf(!existsSync(programs))('an external PostgreSQL 15 (Debian package postgresql-15)', { timeout: 90_000 }, () => {
  let folder: string
  let port: number
  let user: { uid: number; gid: number } | null
  const opened: Store[] = []

  const call = (program: string, ...args: string[]): void => {
    const done = spawnSync(join(programs, program), args, {
      cwd: '/',
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(user && { uid: user.uid, gid: user.gid }),
    })
    if (done.status !== 0) throw new Error(`${program}: ${done.stderr}`)
  }
  const start = () =>
    call(
      'pg_ctl',
      '-D',
      join(folder, 'data'),
      '-w',
      '-l',
      join(folder, 'log'),
      '-o',
      `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`,
      'start',
    )
  const stop = (mode: 'fast' | 'immediate') => call('pg_ctl', '-D', join(folder, 'data'), '-w', '-m', mode, 'stop')
  const address = (role: string, password: string) => `postgres://${role}:${password}@127.0.0.1:${port}/crm`
  const open = async (databaseUrl: string): Promise<Store> => {
    const store = await openStore({ dataDir: '/nonexistent', databaseUrl, onWarning: () => {} })
    opened.push(store)
    return store
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'segue-pg15-'))
    const uid = process.getuid?.() ?? -1
    const passwd = readFileSync('/etc/passwd', 'utf8')
    const decided = decideServerUser({ uid, owner: null, passwd, hasName: true, reach: () => 'reached' })
    user = decided.kind === 'other' ? decided : null
    if (user) chownSync(folder, user.uid, user.gid)
    chmodSync(folder, 0o755)
    writeFileSync(join(folder, 'password'), 'boss-password')
    chmodSync(join(folder, 'password'), 0o644)
    call(
      'initdb',
      '-D',
      join(folder, 'data'),
      '-U',
      'boss',
      '-A',
      'scram-sha-256',
      '--pwfile',
      join(folder, 'password'),
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    )
    port = await freePort()
    start()
    const boss = address('boss', 'boss-password').replace('/crm', '/postgres')
    await run(boss, "CREATE ROLE segue_role LOGIN PASSWORD 'it''s secret'")
    await run(boss, 'CREATE DATABASE crm OWNER segue_role')
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })
  afterAll(() => {
    stop('fast')
    rmSync(folder, { recursive: true, force: true })
  })

  const mine = () => address('segue_role', encodeURIComponent("it's secret"))

  test('a store opens with an ordinary role, and keeps its tables in a schema of its own', async () => {
    const [one, other] = await Promise.all([open(mine()), open(mine())])
    expect(one?.instanceId).toBe(other?.instanceId)
    const tables = await one?.db.introspection.getTables()
    expect(new Set(tables?.map((table) => table.schema))).toEqual(new Set(['segue']))
  })

  test.each(['fast', 'immediate'] as const)('queries, and news of the queue, outlive a restart (%s)', async (mode) => {
    const store = await open(mine())
    let news = 0
    store.onQueueNews(() => (news += 1))
    await eventually(async () => news === 1)
    stop(mode)
    const asked = store.db.selectFrom('instance').select('id').executeTakeFirst()
    start()
    expect(await asked).toEqual({ id: store.instanceId })
    await eventually(async () => news === 2)
  })

  test('a refused sign-in is told at once, without the password', async () => {
    const wrong = open(address('segue_role', 'hunter2'))
    await expect(wrong).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      detail: `PostgreSQL at 127.0.0.1:${port}/crm refuses the sign-in of that user.`,
    })
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}
