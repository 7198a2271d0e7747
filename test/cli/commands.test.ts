import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { eventually } from '../helpers/eventually.ts'
import { workplace } from '../helpers/segue-command.ts'
import { sshNativeCipher } from '../../src/destinations/sftp/ssh2-inside.ts'
import { testDatabase } from '../helpers/store.ts'
import type { RunningCommand, Workplace } from '../helpers/segue-command.ts'

// Each command is a process of its own, on a machine that does other things as well.
vi.setConfig({ testTimeout: 120_000 })

let place: Workplace
beforeAll(async () => {
  place = await workplace(await testDatabase())
  await mkdir(join(place.folder, 'data-files'))
  await mkdir(join(place.folder, 'outbox'))
  await writeFile(join(place.folder, 'data-files/customer.csv'), 'id,name\n1,Ann\n2,"B | C"\n')
  await writeFile(join(place.folder, 'all.yaml'), configuration)
  expect(await place.segue(['apply', '-f', 'all.yaml'])).toMatchObject({ code: 0 })
}, 60_000)
afterAll(() => place.close())

const configuration = `kind: database
name: shop
type: duckdb
settings: { path: ./data-files }
---
{ kind: query, name: customers, database: shop, status: active, sql: "SELECT id, name FROM customer" }
---
{ kind: query, name: a draft, database: shop, sql: SELECT id FROM customer }
---
kind: query
name: endless
database: shop
status: active
sql: SELECT count(*) AS n FROM range(1000000000000) AS a(i) WHERE hash(i) % 7 = 3
---
{ kind: destination, name: outbox, type: local, settings: { folder: ./outbox } }
---
{ kind: destination, name: nowhere, type: local, settings: { folder: ./missing } }
---
{ kind: destination, name: shop, type: local, settings: { folder: ./outbox } }
---
{ kind: orchestration, name: good, query: customers, destination: outbox, settings: { format: csv, fileName: good.csv } }
---
{ kind: orchestration, name: rejects, query: customers, destination: outbox, settings: { format: csv, quote: none, delimiter: "|", fileName: rejects.csv } }
---
{ kind: orchestration, name: lost, query: customers, destination: nowhere, settings: { format: csv, fileName: lost.csv } }
---
{ kind: orchestration, name: gone, query: customers, destination: nowhere, settings: { format: csv, fileName: gone.csv } }
---
{ kind: query, name: broken, database: shop, status: active, sql: SELECT CAST(name AS INTEGER) AS n FROM customer }
---
{ kind: orchestration, name: broken, query: broken, destination: outbox, settings: { format: csv, fileName: broken.csv } }
---
{ kind: orchestration, name: off, enabled: false, query: customers, destination: outbox, settings: { format: csv, fileName: off.csv } }
---
{ kind: orchestration, name: endless, query: endless, destination: outbox, settings: { format: csv, fileName: endless.csv } }
`

const problem = z.object({ type: z.string(), code: z.string(), title: z.string(), status: z.number(), detail: z.string(), fix: z.string() })
const id = z.object({ id: z.string() })

describe('a query becomes active only when it can run', () => {
  test.each([
    ['SELECT id,\n  nme FROM customer', 'SQL_INVALID', { line: 2, column: 3 }],
    ['SELECT id\nFRM customer', 'SQL_SYNTAX', { line: 2 }],
    ['SELECT 1; SELECT 2', 'SQL_NOT_ONE_SELECT', {}],
    ['DROP TABLE customer', 'SQL_NOT_ONE_SELECT', {}],
    ['SELECT * FROM custmer', 'TABLE_NOT_FOUND', { detail: expect.stringContaining('customer') }],
    ["SELECT * FROM read_text('/etc/passwd')", 'SQL_NOT_ALLOWED', {}],
    ['SELECT * FROM customer WHERE id > $least', 'PARAMETER_INVALID', {}],
  ])('%j: %s', async (sql, code, more) => {
    await writeFile(join(place.folder, 'wrong.yaml'), JSON.stringify({ kind: 'query', name: 'wrong', database: 'shop', sql }))
    expect(await place.segue(['apply', '-f', 'wrong.yaml'])).toMatchObject({ code: 0 })
    const refused = await place.segue(['activate', 'query', 'wrong', '--json'])
    expect(refused).toMatchObject({ code: 6 })
    expect(refused.json()).toMatchObject({ code, ...more })
    expect((await place.segue(['export', '--json'])).json()).toMatchObject({
      documents: expect.arrayContaining([{ kind: 'query', name: 'wrong', database: 'shop', sql }]),
    })
    await writeFile(
      join(place.folder, 'wrong.yaml'),
      JSON.stringify({ kind: 'query', name: 'hasty', database: 'shop', status: 'active', sql }),
    )
    const validated = await place.segue(['validate', '-f', 'wrong.yaml', '--test', '--json'])
    expect(validated.json()).toMatchObject({ code, errors: [{ file: expect.stringContaining('wrong.yaml'), pointer: '/0/sql' }] })
  })

  test('with a value for each parameter by its type, and where it is wanted without a check', async () => {
    const sql = 'SELECT * FROM customer WHERE id > $least AND $since < $run_started_at AND $one'
    const parameters = { least: { type: 'integer' }, since: { type: 'timestamp' }, one: { type: 'boolean', default: true } }
    await writeFile(join(place.folder, 'right.yaml'), JSON.stringify({ kind: 'query', name: 'right', database: 'shop', sql, parameters }))
    expect(await place.segue(['apply', '-f', 'right.yaml'])).toMatchObject({ code: 0 })
    expect(await place.segue(['activate', 'query', 'right'])).toMatchObject({ code: 0 })
    await writeFile(join(place.folder, 'early.yaml'), JSON.stringify({ kind: 'query', name: 'early', database: 'shop', sql: 'FROM later' }))
    expect(await place.segue(['apply', '-f', 'early.yaml'])).toMatchObject({ code: 0 })
    expect(await place.segue(['activate', 'query', 'early'])).toMatchObject({ code: 6 })
    expect(await place.segue(['activate', 'query', 'early', '--anyway'])).toMatchObject({ code: 0 })
  })

  test('an export names tables and columns that are there', async () => {
    const tables = [{ name: 'customer', columns: ['id', 'nam'] }]
    await writeFile(join(place.folder, 'part.yaml'), JSON.stringify({ kind: 'export', name: 'part', database: 'shop', tables }))
    expect(await place.segue(['apply', '-f', 'part.yaml'])).toMatchObject({ code: 0 })
    const refused = await place.segue(['activate', 'export', 'part'])
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('name') })
  })
})

describe('how a run ends is the exit code', () => {
  test.each([
    ['good', 0, 'succeeded'],
    ['broken', 7, 'failed'],
    ['lost', 11, 'blocked'],
  ])('%s ends with %d', async (name, code, state) => {
    const result = await place.segue(['run', name, '--wait', '--json'])
    expect(result.json()).toMatchObject({ orchestration: name, state })
    expect(result.code).toBe(code)
    // Lines of the log are for what nobody expected.
    expect(result.stderr).not.toContain('"level"')
  })

  test('rows that cannot be written end with 8, and are counted', async () => {
    const result = await place.segue(['run', 'rejects', '--json'])
    expect(result.json()).toMatchObject({ state: 'succeeded_with_rejects', counts: { queried: 2, delivered: 1, rejected: 1 } })
    expect(result.code).toBe(8)
  })

  test.each([
    ['off', 5, 'ORCHESTRATION_DISABLED'],
    ['no such thing', 4, 'NOT_FOUND'],
  ])('%s is not started and ends with %d', async (name, code, error) => {
    const result = await place.segue(['run', name, '--json'])
    expect(result.json()).toMatchObject({ code: error })
    expect(result.code).toBe(code)
  })

  test('a blocked run says code and next step to people', async () => {
    const { stdout } = await place.segue(['run', 'gone'])
    expect(stdout).toMatch(/gone: blocked/)
    expect(stdout).toMatch(/FOLDER_MISSING[^]*missing/)
    expect(stdout).toMatch(/Next: .*segue runs resume/)
  })
})

describe('every command gives one JSON document, result or error', () => {
  test.each([
    [['query', 'customers'], 0],
    [['query', '--sql', 'SELECT name FROM customer WHERE id = $which::BIGINT', '--database', 'shop', '--param', 'which=2'], 0],
    [['query', 'nothing'], 4],
    [['query', '--sql', 'SELECT 1; SELECT 2', '--database', 'shop'], 6],
    [['query', '--sql', "SELECT * FROM read_csv('/etc/passwd')", '--database', 'shop'], 6],
    [['preview', 'good'], 0],
    [['preview', 'nothing'], 4],
    [['test', 'outbox'], 0],
    [['test', 'nowhere'], 7],
    [['test', 'shop'], 2],
    [['test', 'shop', '--kind', 'database'], 0],
    [['test', 'nothing'], 4],
    [['plan', '-f', 'all.yaml'], 0],
    [['activate', 'query', 'customers'], 5],
    [['activate', 'query', 'a draft'], 0],
    [['discard', 'query', 'customers', '--yes'], 5],
    [['discard', 'query', 'customers'], 2],
    [['discard', 'export', 'nothing', '--yes'], 4],
    [['runs'], 0],
    [['runs', '--state', 'failed', '--limit', '1'], 0],
    [['runs', '--state', 'nonsense'], 6],
    [['runs', '--orchestration', 'nobody'], 4],
    [['runs', '--cursor', 'nonsense'], 6],
    [['runs', '--limit', '201'], 2],
    [['runs', 'show', 'run_nothing'], 4],
    [['runs', 'cancel', 'run_nothing'], 4],
    [['plan', '-f', 'nowhere.yaml'], 4],
    [['export'], 0],
    [['doctor'], 0],
  ])('%j ends with %d', async (args, code) => {
    const result = await place.segue([...args, '--json'])
    const document = result.json()
    expect({ code: result.code, document }).toMatchObject({ code })
    if (code !== 0) problem.parse(document)
  })

  test('doctor tells of a native cipher that is missing, of the store and of the engine', async () => {
    const { checks } = z
      .object({ checks: z.array(z.object({ name: z.string(), status: z.string(), detail: z.string() })) })
      .parse((await place.segue(['doctor', '--json'])).json())
    const found = (name: string) => checks.find((check) => check.name === name)
    const built = sshNativeCipher()
    expect(found('sftp')).toMatchObject({ status: built ? 'ok' : 'warning', detail: expect.stringContaining('native cipher') })
    expect(found('store')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^PostgreSQL \d+/) })
    expect(found('engine')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^DuckDB v?\d+/) })
  })

  test('without --json an error is told on stderr, with its code and what to do', async () => {
    const result = await place.segue(['run', 'no such thing'])
    expect(result.stdout).toBe('')
    expect(result.stderr).toMatch(/^NOT_FOUND: .+\n {2}.*no such thing.*\n {2}Next: .+\n$/)
  })

  test('without --json results are tables and sentences, without colour', async () => {
    const query = await place.segue(['query', 'customers'])
    expect(query.stdout).toContain('  id  name\n  1   Ann\n  2   B | C\n')
    const runs = await place.segue(['runs', '--orchestration', 'good'])
    expect(runs.stdout).toMatch(/RUN +ORCHESTRATION +STATE/)
    expect(query.stdout + query.stderr + runs.stdout + runs.stderr).not.toContain('\u001B')
  })
})

describe('a run in this process', () => {
  async function running(command: RunningCommand): Promise<string> {
    let run: string | undefined
    await eventually(async () => {
      const found = await place.segue(['runs', '--state', 'running', '--json'])
      run = z.object({ data: z.array(id) }).parse(found.json()).data[0]?.id
      return run !== undefined || command.child.exitCode !== null
    })
    return run ?? ''
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s to the whole process group cancels it, removes what it wrote, and ends with %d', async (signal, code) => {
    const command = place.start(['run', 'endless', '--json'], { group: true })
    await running(command)
    process.kill(-(command.child.pid ?? 0), signal)
    const result = await command.result
    expect(result.json()).toMatchObject({ state: 'cancelled' })
    expect(result.code).toBe(code)
    expect(result.stderr).not.toContain('AbortError')
    expect((await readdir(join(place.folder, 'outbox'))).filter((name) => name.includes('endless'))).toEqual([])
  })

  test('can be cancelled by another command, and ends with 7', async () => {
    const command = place.start(['run', 'endless', '--json'])
    const run = await running(command)
    expect((await place.segue(['run', 'endless', '--json'])).json()).toMatchObject({ code: 'RUN_ACTIVE' })
    expect((await place.segue(['runs', 'cancel', run])).code).toBe(0)
    expect(await command.result).toMatchObject({ code: 7 })
    expect((await place.segue(['runs', 'show', run, '--json'])).json()).toMatchObject({ id: run, state: 'cancelled' })
    expect((await place.segue(['runs', 'cancel', run])).code).toBe(5)
  })
})

test('a data directory that cannot be used is told by doctor, too', async () => {
  await writeFile(join(place.folder, 'a file'), '')
  await chmod(join(place.folder, 'a file'), 0o600)
  const result = await place.segue(['doctor', '--json', '--data-dir', join(place.folder, 'a file')])
  expect(result.json()).toMatchObject({ checks: [{ status: 'failed', detail: expect.stringContaining('DATA_DIR_UNUSABLE') }] })
  expect(result.code).toBe(1)
})
