import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { SegueError } from '../../src/contract/errors.ts'
import { eventually } from '../helpers/eventually.ts'
import { testInstance, type TestInstance } from '../helpers/instance.ts'

const instance = await testInstance()
const shop = join(instance.folder, 'shop.duckdb')
await makeShop(shop)

/** A small table, an awkward one, an empty one, and one that takes a while. */
async function makeShop(path: string): Promise<void> {
  const database = await DuckDBInstance.create(path)
  const connection = await database.connect()
  await connection.run("CREATE TABLE customer AS SELECT i AS id, 'name ' || i AS name FROM range(1000) AS range_of(i)")
  await connection.run(
    "CREATE TABLE awkward AS SELECT * FROM (VALUES (1, 'plain'), (2, 'a,b'), (3, 'two' || chr(10) || 'lines'), (4, 'O''Brien')) AS rows_of(id, text)",
  )
  await connection.run(
    'CREATE TABLE nothing (id INTEGER); CREATE TABLE "of us" (id INTEGER); CREATE TABLE "of/us" (id INTEGER); CREATE TABLE "of_us" (id INTEGER)',
  )
  connection.closeSync()
  database.closeSync()
}

/** An orchestration of a query to the outbox, with a query of its own. */
async function orchestrate(
  name: string,
  sql: string,
  settings: Readonly<Record<string, unknown>>,
  on: TestInstance = instance,
): Promise<void> {
  await on.apply([
    { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: shop } },
    { kind: 'destination', name: 'outbox', type: 'local', settings: { folder: on.outbox } },
    { kind: 'query', name, database: 'shop', status: 'active', sql },
    { kind: 'orchestration', name, query: name, destination: 'outbox', settings },
  ])
}

/** Takes a few seconds on any machine; its rows come out all the while. */
const slow = 'SELECT a.id, b.name, c.name AS other FROM customer a, customer b, range(10) AS c(name)'

test('a run that went well says what was queried, delivered and written', async () => {
  await orchestrate('plain', 'SELECT * FROM customer', { fileName: 'plain.csv' })
  const run = await instance.run('plain')
  const content = await readFile(join(instance.outbox, 'plain.csv'))
  expect(run).toMatchObject({
    state: 'succeeded',
    phase: null,
    counts: { queried: 1000, delivered: 1000, rejected: 0, skipped: 0, unknown: 0, pending: 0 },
  })
  expect(run.files).toEqual([
    { dataset: 'plain', name: 'plain.csv', rows: 1000, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') },
  ])
  expect(content.toString().split('\n').length).toBe(1002)
})

test('a row that no quote mode can express is rejected and counted, and the others are delivered', async () => {
  await orchestrate('raw', 'SELECT * FROM awkward', { fileName: 'raw.csv', quote: 'none' })
  const run = await instance.run('raw')
  expect(run).toMatchObject({ state: 'succeeded_with_rejects', counts: { queried: 4, delivered: 2, rejected: 2 } })
  expect(run.datasets[0]?.rejects).toEqual([{ code: 'VALUE_NOT_EXPRESSIBLE', column: 'text', rows: 2 }])
  expect((await readFile(join(instance.outbox, 'raw.csv'), 'utf8')).split('\n').toSorted()).toEqual(
    ['', "4,O'Brien", '1,plain', 'id,text'].toSorted(),
  )
})

// Of other systems: peer defect 14.
test('a run of which every row was rejected fails and publishes nothing', async () => {
  await orchestrate('none', "SELECT * FROM awkward WHERE text = 'a,b'", { fileName: 'none.csv', quote: 'none' })
  const run = await instance.run('none')
  expect(run).toMatchObject({
    state: 'failed',
    reason: 'ALL_REJECTED',
    counts: { queried: 1, delivered: 0, rejected: 1, skipped: 0 },
    files: [],
  })
  expect(await instance.delivered()).not.toContain('none.csv')
})

// Of other systems: peer defect 23.
test.each([
  { emptyResult: 'send', state: 'succeeded', files: 1 },
  { emptyResult: 'skip', state: 'succeeded', files: 0 },
  { emptyResult: 'fail', state: 'failed', files: 0 },
])('an empty result with $emptyResult ends as $state with $files files', async ({ emptyResult, state, files }) => {
  await orchestrate(`empty-${emptyResult}`, 'SELECT * FROM nothing', { fileName: `empty-${emptyResult}.csv`, emptyResult })
  const run = await instance.run(`empty-${emptyResult}`)
  expect(run).toMatchObject({ state, counts: { queried: 0, delivered: 0 } })
  expect(run.files.length).toBe(files)
  expect((await instance.delivered()).filter((name) => name.includes(`empty-${emptyResult}`)).length).toBe(files)
})

// Of other systems: peer defect 8.
test('files of other people and other runs in the folder are never touched', async () => {
  await writeFile(join(instance.outbox, 'of-somebody.csv'), 'theirs')
  await orchestrate('beside', 'SELECT * FROM customer', { fileName: 'beside.csv', existing: 'replace' })
  const before = await instance.delivered()
  for (let time = 0; time < 2; time += 1) expect(await instance.run('beside')).toMatchObject({ state: 'succeeded' })
  expect(await instance.delivered()).toEqual([...new Set([...before, 'beside.csv'])].toSorted())
  expect(await readFile(join(instance.outbox, 'of-somebody.csv'), 'utf8')).toBe('theirs')
})

test('an existing file stands untouched under fail, is replaced under replace, and gets a numbered neighbour under number', async () => {
  await writeFile(join(instance.outbox, 'there.csv'), 'mine')
  await orchestrate('fail-existing', 'SELECT * FROM customer', { fileName: 'there.csv', existing: 'fail' })
  expect(await instance.run('fail-existing')).toMatchObject({ state: 'failed', reason: 'FILE_EXISTS' })
  expect(await readFile(join(instance.outbox, 'there.csv'), 'utf8')).toBe('mine')
  await orchestrate('number-existing', 'SELECT * FROM customer', { fileName: 'there.csv', existing: 'number' })
  expect((await instance.run('number-existing')).files.map(({ name }) => name)).toEqual(['there_1.csv'])
  expect(await readFile(join(instance.outbox, 'there.csv'), 'utf8')).toBe('mine')
  await orchestrate('replace-existing', 'SELECT * FROM customer', { fileName: 'there.csv', existing: 'replace' })
  expect((await instance.run('replace-existing')).files.map(({ name }) => name)).toEqual(['there.csv'])
  expect(await readFile(join(instance.outbox, 'there.csv'), 'utf8')).not.toBe('mine')
})

// Of other systems: peer defect 6.
test('two files of one run with the same name are refused before anything is sent', async () => {
  await instance.apply([
    { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: shop } },
    { kind: 'destination', name: 'outbox', type: 'local', settings: { folder: instance.outbox } },
    { kind: 'export', name: 'all-tables', database: 'shop', status: 'active', tables: 'all' },
    {
      kind: 'orchestration',
      name: 'colliding',
      export: 'all-tables',
      destination: 'outbox',
      settings: { fileName: '{{ table | file_safe }}.csv' },
    },
  ])
  const run = await instance.run('colliding')
  expect(run).toMatchObject({ state: 'failed', reason: 'FILE_NAME_COLLISION', files: [] })
  expect(await instance.delivered()).not.toContain('of_us.csv')
})

test('a mapping that names a column which the query does not return fails the run by name, and nothing is left', async () => {
  await orchestrate('plain', 'SELECT * FROM customer', { fileName: 'plain.csv' })
  await instance.apply([
    { kind: 'template', name: 'wrong', type: 'file', settings: {}, mapping: [{ from: 'nmae', to: 'NAME' }] },
    {
      kind: 'orchestration',
      name: 'mapped',
      query: 'plain',
      destination: 'outbox',
      template: 'wrong',
      settings: { fileName: 'mapped.csv' },
    },
  ])
  const run = await instance.run('mapped')
  expect(run).toMatchObject({ state: 'failed', reason: 'MAPPING_INVALID' })
  expect(JSON.stringify(run.error)).toMatch(/nmae.*name/)
  expect((await instance.delivered()).filter((name) => name.includes('mapped'))).toEqual([])
})

test('a parameter that has neither a default nor a value fails the run by name: it is never NULL in silence', async () => {
  await orchestrate('open', 'SELECT * FROM customer', { fileName: 'open.csv' })
  await instance.apply([
    {
      kind: 'query',
      name: 'open',
      database: 'shop',
      status: 'active',
      sql: 'SELECT * FROM customer WHERE id = $id',
      parameters: { id: { type: 'integer' } },
    },
  ])
  expect(await instance.run('open')).toMatchObject({
    state: 'failed',
    reason: 'PARAMETER_INVALID',
    error: { detail: expect.stringContaining('$id') },
  })
  expect(await instance.delivered()).not.toContain('open.csv')
  await instance.apply([
    {
      kind: 'orchestration',
      name: 'open',
      query: 'open',
      destination: 'outbox',
      settings: { fileName: 'open.csv' },
      parameters: { id: 7 },
    },
  ])
  expect(await instance.run('open')).toMatchObject({ state: 'succeeded', counts: { delivered: 1 } })
})

test('a folder whose name reads key=value neither makes nor overwrites a column', async () => {
  const folder = join(instance.folder, 'region=de')
  await mkdir(folder)
  await writeFile(join(folder, 'place.csv'), 'id,region\n1,fr\n2,it\n')
  await writeFile(join(folder, 'line.ndjson'), '{"id":1,"region":"fr"}\n')
  for (const table of ['place', 'line']) {
    await instance.apply([
      { kind: 'database', name: 'regions', type: 'duckdb', settings: { path: folder } },
      { kind: 'query', name: table, database: 'regions', status: 'active', sql: `SELECT * FROM ${table} ORDER BY id` },
      { kind: 'orchestration', name: table, query: table, destination: 'outbox', settings: { fileName: `${table}.csv` } },
    ])
    expect(await instance.run(table)).toMatchObject({ state: 'succeeded' })
  }
  expect(await readFile(join(instance.outbox, 'place.csv'), 'utf8')).toBe('id,region\n1,fr\n2,it\n')
  expect(await readFile(join(instance.outbox, 'line.csv'), 'utf8')).toBe('id,region\n1,fr\n')
})

// Of other systems: peer defect 5.
test('one window after the other leaves no gap: $last_success_at is the $run_started_at of the last success', async () => {
  await orchestrate('window', 'SELECT $last_success_at::TIMESTAMP AS since, $run_started_at::TIMESTAMP AS until', {
    fileName: 'window.csv',
  })
  const read = async (): Promise<string[]> => (await readFile(join(instance.outbox, 'window.csv'), 'utf8')).split('\n')[1]?.split(',') ?? []
  expect(await instance.run('window')).toMatchObject({ state: 'succeeded' })
  const [, firstUntil] = await read()
  expect(await instance.run('window')).toMatchObject({ state: 'succeeded' })
  const [secondSince, secondUntil] = await read()
  expect(secondSince).toBe(firstUntil)
  // A run that fails in between delivered nothing of its window: the next one begins where the last success ended.
  const failing = { fileName: 'window.csv', existing: 'fail' }
  await orchestrate('window', 'SELECT $last_success_at::TIMESTAMP AS since, $run_started_at::TIMESTAMP AS until', failing)
  expect(await instance.run('window')).toMatchObject({ state: 'failed' })
  await orchestrate('window', 'SELECT $last_success_at::TIMESTAMP AS since, $run_started_at::TIMESTAMP AS until', {
    fileName: 'window.csv',
  })
  expect(await instance.run('window')).toMatchObject({ state: 'succeeded' })
  expect((await read())[0]).toBe(secondUntil)
})

test('a running run can be cancelled: nothing of it stays at the destination, and it says so', async () => {
  await orchestrate('slow', slow, { fileName: 'slow.csv' })
  const { id } = await instance.start('slow')
  await eventually(async () => (await instance.delivered()).some((name) => name.includes('slow.csv')))
  await instance.client.send({ method: 'POST', path: `/runs/${id}/cancel`, body: {} })
  const run = await instance.ended(id)
  expect(run).toMatchObject({ state: 'cancelled', reason: 'RUN_CANCELLED', files: [] })
  expect((await instance.delivered()).filter((name) => name.includes('slow'))).toEqual([])
})

// Of other systems: peer defect 21.
test('a second run of an orchestration is refused while one is active, however many ask at once', async () => {
  await orchestrate('crowded', slow, { fileName: 'crowded.csv' })
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => instance.start('crowded')))
  const started = answers.filter((answer) => answer.status === 'fulfilled')
  const refused = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [answer.reason instanceof SegueError ? answer.reason.code : String(answer.reason)] : [],
  )
  expect(started.length).toBe(1)
  expect(new Set(refused)).toEqual(new Set(['RUN_ACTIVE']))
  const id = started[0]?.value.id ?? ''
  await instance.client.send({ method: 'POST', path: `/runs/${id}/cancel`, body: {} })
  expect((await instance.ended(id)).state).toBe('cancelled')
})

test('the same idempotency key starts one run, and another request with it is refused', async () => {
  await orchestrate('once', 'SELECT * FROM customer', { fileName: 'once.csv' })
  const post = async (path: string): Promise<unknown> =>
    (await instance.client.send({ method: 'POST', path, body: {}, headers: { 'idempotency-key': 'abc' } })).body
  const answers = await Promise.all(Array.from({ length: 5 }, () => post('/orchestrations/once/runs')))
  const ids = new Set(answers.map((answer) => (answer as { id: string }).id))
  expect(ids.size).toBe(1)
  await instance.ended([...ids][0] ?? '')
  expect(((await post('/orchestrations/once/runs')) as { id: string }).id).toBe([...ids][0])
})

test('a file name that would leave the folder is refused when it is saved', async () => {
  await expect(orchestrate('leaving', 'SELECT 1 AS one', { fileName: '../leaving.csv' })).rejects.toMatchObject({
    errors: [expect.objectContaining({ code: 'FILE_NAME_INVALID' })],
  })
})

test('a database that went missing fails the run with its path', async () => {
  await orchestrate('gone', 'SELECT 1 AS one', { fileName: 'gone.csv' })
  const other = join(instance.folder, 'other')
  await mkdir(other)
  await writeFile(join(other, 'people.csv'), 'id\n1\n')
  await instance.apply([
    { kind: 'database', name: 'other', type: 'duckdb', settings: { path: other } },
    { kind: 'query', name: 'people', database: 'other', status: 'active', sql: 'SELECT * FROM people' },
    { kind: 'orchestration', name: 'people', query: 'people', destination: 'outbox', settings: { fileName: 'people.csv' } },
  ])
  expect(await instance.run('people')).toMatchObject({ state: 'succeeded', counts: { delivered: 1 } })
  await rm(other, { recursive: true })
  const run = await instance.run('people')
  expect(run).toMatchObject({ state: 'failed', reason: 'DATABASE_NOT_FOUND' })
  expect(JSON.stringify(run.error)).toContain(other)
})

test('a run is started without a body, too', async () => {
  await orchestrate('bodiless', 'SELECT * FROM customer', { fileName: 'bodiless.csv' })
  const { body } = await instance.client.send({ method: 'POST', path: '/orchestrations/bodiless/runs' })
  expect(await instance.ended((body as { id: string }).id)).toMatchObject({ state: 'succeeded' })
})
