import { execFile } from 'node:child_process'
import { readdir, readFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runDocument } from '../../src/contract/runs.ts'
import { openStore } from '../../src/store/open-store.ts'
import { eventually } from '../helpers/eventually.ts'
import { segueProgram, workplace, type Workplace } from '../helpers/segue-command.ts'

let place: Workplace
let outbox = ''

beforeAll(async () => {
  place = await workplace()
  outbox = join(place.folder, 'outbox')
  await mkdir(outbox)
  const database = await DuckDBInstance.create(join(place.folder, 'shop.duckdb'))
  const connection = await database.connect()
  await connection.run("CREATE TABLE customer AS SELECT i AS id, 'name ' || i AS name FROM range(1000) AS range_of(i)")
  connection.closeSync()
  database.closeSync()
  const configuration = `
kind: database
name: shop
type: duckdb
settings: { path: ./shop.duckdb }
---
kind: query
name: slow
database: shop
status: active
sql: SELECT a.id, b.name, c.name AS other FROM customer a, customer b, range(300) AS c(name)
---
kind: query
name: medium
database: shop
status: active
sql: SELECT a.id, b.name, c.name AS other FROM customer a, customer b, range(5) AS c(name)
---
kind: destination
name: outbox
type: local
settings: { folder: ./outbox }
---
kind: orchestration
name: slow
query: slow
destination: outbox
settings: { fileName: slow.csv }
---
kind: orchestration
name: medium
query: medium
destination: outbox
settings: { fileName: medium.csv }
`
  const applied = await place.segue(['apply', '-f', '-'], { stdin: configuration })
  expect(applied).toMatchObject({ code: 0 })
})
afterAll(() => place.close())

async function latestRun(): Promise<ReturnType<typeof runDocument.parse> | undefined> {
  const listed = (await place.segue(['runs', '--json'])).json() as { data: unknown[] }
  return listed.data.map((run) => runDocument.parse(run))[0]
}

async function endLeases(): Promise<void> {
  const store = await openStore({ dataDir: place.dataDir, onWarning: () => undefined })
  await store.db
    .updateTable('run')
    .set({ lease_until: new Date(0) })
    .where('lease_until', 'is not', null)
    .execute()
  await store.close()
}

test('a run whose process was killed goes on when somebody runs the orchestration again, and then the new one', async () => {
  const running = place.start(['run', 'medium', '--wait'])
  await eventually(async () => (await readdir(outbox)).some((name) => name.endsWith('.part')))
  running.child.kill('SIGKILL')
  await running.result
  expect(await latestRun()).toMatchObject({ state: 'running' })
  await endLeases()
  const second = await place.segue(['run', 'medium', '--wait', '--json'])
  expect(second, second.stderr).toMatchObject({ code: 0 })
  const listed = (await place.segue(['runs', '--json'])).json() as { data: unknown[] }
  const states = listed.data.map((run) => runDocument.parse(run)).map(({ state, counts }) => [state, counts.delivered])
  expect(states).toEqual([
    ['succeeded', 5_000_000],
    ['succeeded', 5_000_000],
  ])
  expect(await readdir(outbox)).toEqual(['medium.csv'])
  await rm(join(outbox, 'medium.csv'))
})

test('a run whose process was killed is cancelled by a command, and what it left is removed', async () => {
  const running = place.start(['run', 'slow', '--wait'])
  await eventually(async () => (await readdir(outbox)).some((name) => name.endsWith('.part')))
  running.child.kill('SIGKILL')
  await running.result
  await endLeases()
  const run = await latestRun()
  await place.segue(['runs', 'cancel', run?.id ?? ''])
  expect(await latestRun()).toMatchObject({ state: 'cancelled', files: [] })
  expect(await readdir(outbox)).toEqual([])
})

test('Ctrl-C cancels the run of this process and removes what it wrote', async () => {
  const running = place.start(['run', 'slow', '--wait'])
  await eventually(async () => (await readdir(outbox)).some((name) => name.endsWith('.part')))
  running.child.kill('SIGINT')
  const ended = await running.result
  expect(ended, ended.stderr).toMatchObject({ code: 130 })
  expect(await latestRun()).toMatchObject({ state: 'cancelled', files: [] })
  expect(await readdir(outbox)).toEqual([])
})

test('a run goes on to its end and its exit code when nobody reads what it prints any more', async () => {
  const pipe = '"$0" run medium --follow 2>&1 | true; exit "${PIPESTATUS[0]}"'
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: place.folder, SEGUE_DATA_DIR: place.dataDir }
  await promisify(execFile)('bash', ['-c', pipe, segueProgram], { cwd: place.folder, env })
  expect(await latestRun()).toMatchObject({ state: 'succeeded', counts: { delivered: 5_000_000 } })
  await rm(join(outbox, 'medium.csv'))
})

test('PostgreSQL killed in the middle of a run does not fail the run', async () => {
  const running = place.start(['run', 'medium', '--wait', '--json'])
  await eventually(async () => (await readdir(outbox)).some((name) => name.endsWith('.part')))
  const [postmaster] = (await readFile(join(place.dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(postmaster), 'SIGKILL')
  const result = await running.result
  expect(runDocument.parse(result.json())).toMatchObject({ state: 'succeeded', counts: { queried: 5_000_000, delivered: 5_000_000 } })
  expect(await readdir(outbox)).toEqual(['medium.csv'])
})
