/** What crash tests lean on: the misbehaving server as a program of its own, and effects that are counted once per key. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from './helpers/eventually.ts'
import { startMisbehavingServer } from './helpers/misbehaving-server.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'segue-misbehaving-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const post = (url: string, rows: readonly unknown[], key = 'k1') =>
  fetch(url, { method: 'POST', body: JSON.stringify(rows), headers: { 'content-type': 'application/json', 'idempotency-key': key } })

test('the program prints its port, and records each request before it is answered', async () => {
  const record = join(folder, 'requests.ndjson')
  const options = { queue: [{ do: 'cut', takes: true }], honoursKeys: true }
  const program = spawn(process.execPath, [join(import.meta.dirname, 'programs/misbehaving-server.ts'), record, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [port] = (await once(program.stdout, 'data')) as [Buffer]
    const url = `http://127.0.0.1:${String(port).trim()}/`
    await expect(post(url, [{ id: 1 }])).rejects.toThrow('fetch failed')
    expect((await post(url, [{ id: 1 }])).status).toBe(200)
    const lines = readFileSync(record, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(lines).toMatchObject([
      { number: 1, key: 'k1', rows: [{ id: 1 }], effect: [{ id: 1 }], behaviour: { do: 'cut' } },
      { number: 2, key: 'k1', rows: [{ id: 1 }], effect: [], behaviour: { do: 'accept' } },
    ])
  } finally {
    program.kill()
    await once(program, 'close')
  }
})

test('without honoured keys a repeat takes effect again', async () => {
  await using server = await startMisbehavingServer({ keepsRows: false })
  await post(server.url, [{ id: 1 }, { id: 2 }])
  await post(server.url, [{ id: 1 }, { id: 2 }])
  expect(server).toMatchObject({ effectCount: 4, effects: [], requests: [{ rowCount: 2 }, { rowCount: 2 }] })
})

test('an idle connection is closed without a word', async () => {
  await using server = await startMisbehavingServer({ closeIdleMs: 5 })
  const answers = new Set<string | null>()
  await eventually(async () => {
    const answer = await post(server.url, [{ id: 1 }]).catch(() => null)
    answers.add(answer?.headers.get('keep-alive') ?? null)
    await answer?.text()
    return server.connections > 1
  })
  expect([...answers]).toEqual([null])
})
