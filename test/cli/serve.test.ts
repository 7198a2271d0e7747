import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { eventually } from '../helpers/eventually.ts'
import { workplace } from '../helpers/segue-command.ts'
import type { CommandResult, RunningCommand, Workplace } from '../helpers/segue-command.ts'

const id = z.object({ id: z.string() })

// Each command is a process of its own, on a machine that does other things as well.
vi.setConfig({ testTimeout: 120_000 })

let place: Workplace
let server: RunningCommand
let url = ''
beforeAll(async () => {
  place = await workplace()
  await mkdir(join(place.folder, 'files'))
  await mkdir(join(place.folder, 'outbox'))
  await writeFile(join(place.folder, 'files/customer.csv'), 'id\n1\n2\n')
  await writeFile(join(place.folder, 'all.yaml'), configuration)
  server = place.start(['serve', '--json'], { env: { SEGUE_LISTEN: '127.0.0.1:0' } })
  let printed = ''
  server.child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()))
  await eventually(() => printed.endsWith('}\n') || server.child.exitCode !== null, 60_000)
  url = z.object({ url: z.url() }).parse(JSON.parse(printed)).url
}, 90_000)
afterAll(async () => {
  server.child.kill('SIGTERM')
  await server.result
  await place.close()
})

const configuration = `{ kind: database, name: shop, type: duckdb, settings: { path: ./files } }
---
{ kind: query, name: customers, database: shop, status: active, sql: SELECT id FROM customer }
---
kind: query
name: endless
database: shop
status: active
sql: SELECT count(*) AS n FROM range(1000000000000) AS a(i) WHERE hash(i) % 7 = 3
---
{ kind: destination, name: outbox, type: local, settings: { folder: ./outbox } }
---
{ kind: orchestration, name: good, query: customers, destination: outbox, settings: { format: csv, fileName: good.csv } }
---
{ kind: orchestration, name: endless, query: endless, destination: outbox, settings: { format: csv, fileName: endless.csv } }
`

/** A command that has no data directory to fall back on: all it knows is the server. */
async function remote(args: readonly string[]): Promise<CommandResult> {
  return place.segue(args, { env: { SEGUE_URL: url, SEGUE_DATA_DIR: '/nowhere/to/be/written' } })
}

test('commands do the same through a server as without one', async () => {
  expect(await remote(['apply', '-f', 'all.yaml'])).toMatchObject({ code: 0, stderr: '' })
  const run = await remote(['run', 'good', '--wait', '--json'])
  expect(run.json()).toMatchObject({ orchestration: 'good', state: 'succeeded', counts: { delivered: 2 } })
  expect(run.code).toBe(0)
  expect(await readFile(join(place.folder, 'outbox/good.csv'), 'utf8')).toBe('id\n1\n2\n')
  for (const args of [['export'], ['query', 'customers', '--json'], ['preview', 'good'], ['run', 'nothing', '--json']]) {
    const [there, here] = [await remote(args), await place.segue(args)]
    const withoutTime = (text: string): string => text.replace(/"tookMs": .*/, '')
    expect({ ...there, stdout: withoutTime(there.stdout), json: null }).toEqual({ ...here, stdout: withoutTime(here.stdout), json: null })
  }
})

test('without --wait a run is started and left to the server', async () => {
  const started = await remote(['run', 'endless', '--json'])
  expect(started.code).toBe(0)
  const run = id.parse(started.json()).id
  expect((await remote(['runs', 'cancel', run])).code).toBe(0)
  await eventually(async () => (await remote(['runs', 'show', run, '--json'])).stdout.includes('"state": "cancelled"'))
})

test('a wait that is over before the run leaves it to the server and exits with 9; without a server such a wait is refused', async () => {
  const waited = await remote(['run', 'endless', '--timeout', '1s', '--json'])
  expect(waited.code).toBe(9)
  const { id: run } = id.parse(waited.json())
  expect((await remote(['runs', 'show', run, '--json'])).json()).toMatchObject({ state: 'running' })
  expect((await remote(['runs', 'cancel', run])).code).toBe(0)
  await eventually(async () => (await remote(['runs', 'show', run, '--json'])).stdout.includes('"state": "cancelled"'))
  expect(await remote(['run', 'good', '--timeout', 'soon'])).toMatchObject({ code: 2, stderr: expect.stringContaining('10m') })
  expect(await remote(['run', 'good', '--timeout', '25d'])).toMatchObject({ code: 2, stderr: expect.stringContaining('24d') })
  expect(await place.segue(['run', 'good', '--timeout', '1s'])).toMatchObject({ code: 2, stderr: expect.stringContaining('server') })
})

test('Ctrl-C of a command that waits leaves the run to the server, and says how to cancel it', async () => {
  const waiting = place.start(['run', 'endless', '--follow', '--json'], { env: { SEGUE_URL: url } })
  let told = ''
  waiting.child.stderr.on('data', (bytes: Buffer) => (told += bytes.toString()))
  await eventually(() => told !== '')
  waiting.child.kill('SIGINT')
  const result = await waiting.result
  expect(result.code).toBe(130)
  const run = id.parse(result.json()).id
  expect(told).toContain(`segue runs cancel ${run}`)
  expect((await remote(['runs', 'show', run, '--json'])).json()).toMatchObject({ state: 'running' })
})

test('a second server on the same port says that it is taken', async () => {
  const second = await place.segue(['serve', '--json'], { env: { SEGUE_LISTEN: new URL(url).host } })
  expect(second.json()).toMatchObject({ code: 'LISTEN_FAILED' })
  expect(second.code).toBe(6)
})

test('an address that others can reach is refused', async () => {
  const open = await place.segue(['serve', '--json'], { env: { SEGUE_LISTEN: '0.0.0.0:0' } })
  expect(open.json()).toMatchObject({ code: 'LISTEN_REFUSED' })
  expect(open.code).toBe(6)
})

test('SIGTERM gives what runs back to the queue, and ends with 0', async () => {
  server.child.kill('SIGTERM')
  expect((await server.result).code).toBe(0)
  const runs = await place.segue(['runs', '--orchestration', 'endless', '--json'])
  expect(
    z
      .object({ data: z.array(z.object({ state: z.string() })) })
      .parse(runs.json())
      .data.map(({ state }) => state),
  ).toEqual(['queued', 'cancelled', 'cancelled'])
})
