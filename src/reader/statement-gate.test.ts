import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Relation } from '../contract/database.ts'
import { judgeStatement } from './statement-gate.ts'
import type { GateNames, Verdict } from './statement-gate.ts'

const relation = (schema: string, table: string): Relation => ({
  name: schema === 'main' ? table : `${schema}.${table}`,
  schema,
  table,
  definition: null,
})
const names: GateNames = {
  relations: [relation('main', 'customer'), relation('sales', 'orders'), relation('main', 'odd.name'), relation('Main2', 'Mixed')],
  catalog: 'shop',
  functions: new Set(),
  schema: 'main',
}

let connection: DuckDBConnection
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
})
afterAll(() => connection.closeSync())

async function judge(sql: string, with_: GateNames = names): Promise<Verdict> {
  const result = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
  return judgeStatement(JSON.parse(String(result.getRowsJson()[0]?.[0])), with_)
}

async function refusalOf(sql: string, with_: GateNames = names): Promise<string> {
  const verdict = await judge(sql, with_)
  return verdict.allowed ? 'allowed' : `${verdict.refusal.code}: ${verdict.refusal.detail}`
}

async function tablesOf(sql: string, with_: GateNames = names): Promise<string[] | string> {
  const verdict = await judge(sql, with_)
  return verdict.allowed ? verdict.relations.map((one) => one.name) : verdict.refusal.detail
}

describe('a table may be named', () => {
  test.each([
    ['alone', 'FROM customer', ['customer']],
    ['in other capitals', 'FROM CUSTOMER', ['customer']],
    ['with its schema', 'FROM main.customer, sales.orders', ['customer', 'sales.orders']],
    ['with the database', 'FROM shop.main.customer', ['customer']],
    ['with the database and without a schema', 'FROM shop.customer', ['customer']],
    ['although its name looks like a file, where it is a table', 'FROM "odd.name"', ['odd.name']],
    ['several times', 'FROM customer a, customer b', ['customer']],
    [
      'in any depth',
      'SELECT (SELECT max(x) FROM (SELECT 1 AS x FROM sales.orders)) FROM customer WHERE EXISTS (FROM main2.mixed)',
      ['Main2.Mixed', 'sales.orders', 'customer'],
    ],
  ])('%s', async (_, sql, tables) => {
    expect((await tablesOf(sql)).toString().split(',').toSorted()).toEqual(tables.toSorted())
  })

  test('in its own schema by a view of that schema', async () => {
    expect(await tablesOf('FROM orders', { ...names, schema: 'sales' })).toEqual(['sales.orders'])
    expect(await tablesOf('FROM orders')).toBe('There is no table "orders".')
  })
})

describe('a table is refused', () => {
  test.each([
    ['that is not there, with the nearest', 'FROM custmer', 'TABLE_NOT_FOUND: There is no table "custmer". Did you mean "customer"?'],
    ['of another database', 'FROM other.main.customer', 'TABLE_NOT_FOUND: There is no table "other.main.customer".'],
    ['of our own catalog', 'FROM memory.main.customer', 'TABLE_NOT_FOUND: There is no table "memory.main.customer".'],
    ['of another schema', 'FROM sales.customer', 'TABLE_NOT_FOUND: There is no table "sales.customer".'],
    ['that is a file', "FROM 'x.csv'", 'SQL_NOT_ALLOWED: "x.csv" is no table of the database, and a query may not name files.'],
    [
      'of the engine',
      'FROM pg_catalog.pg_class',
      'SQL_NOT_ALLOWED: "pg_catalog.pg_class" is a table of the database engine; a query reads the tables of the database only.',
    ],
    [
      'of the engine without its schema',
      'FROM duckdb_tables',
      'SQL_NOT_ALLOWED: "duckdb_tables" is a table of the database engine; a query reads the tables of the database only.',
    ],
  ])('%s', async (_, sql, refusal) => {
    expect(await refusalOf(sql)).toMatch(refusal)
  })
})

describe('a name of WITH', () => {
  test.each([
    ['is seen by what follows', 'WITH a AS (SELECT 1), b AS (FROM a) FROM a, b'],
    ['is seen by subqueries', 'WITH a AS (SELECT 1 AS x) SELECT (SELECT x FROM a), (SELECT 1 WHERE EXISTS (FROM a))'],
    ['is seen without regard to case', 'WITH Aa AS (SELECT 1) FROM aA'],
    ['is seen by both sides of a UNION', 'WITH a AS (SELECT 1) FROM a UNION FROM a'],
    [
      'is seen by its own second half when it is recursive',
      'WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 3) FROM a',
    ],
    ['is seen as recurring', 'WITH RECURSIVE a(x, y) USING KEY (x) AS (SELECT 1, 3 UNION SELECT x + 1, y FROM recurring.a) TABLE a'],
    ['may hide a table', 'WITH customer AS (SELECT 1) FROM customer'],
  ])('%s', async (_, sql) => {
    expect(await refusalOf(sql)).toBe('allowed')
  })

  test.each([
    ['is not seen before it', 'WITH a AS (FROM b), b AS (SELECT 1) FROM a'],
    ['is not seen by itself', 'WITH b AS (FROM b) SELECT 1'],
    ['is not seen by its own first half', 'WITH RECURSIVE b(n) AS (SELECT 1 FROM b UNION ALL SELECT n FROM b) FROM b'],
    ['is not seen outside of its subquery', 'SELECT * FROM (WITH b AS (SELECT 1) FROM b) x, b'],
    ['is not seen on the other side of a UNION', '(WITH b AS (SELECT 1) FROM b) UNION FROM b'],
    ['has no schema', 'WITH b AS (SELECT 1) FROM main.b'],
    ['is not a recurring one elsewhere', 'SELECT * FROM recurring.b'],
  ])('%s', async (_, sql) => {
    expect(await refusalOf(sql)).toMatch(/^TABLE_NOT_FOUND: There is no table "(main\.|recurring\.)?b"/)
  })
})

describe('a function', () => {
  test.each([
    'SELECT upper(name) FROM customer',
    'SELECT main.upper(name) FROM customer',
    'SELECT system.main.upper(name) FROM customer',
    'SELECT (name).upper().lower() FROM customer',
    "FROM json_each('{}')",
  ])('of the engine may be called: %s', async (sql) => {
    expect(await refusalOf(sql)).toBe('allowed')
  })

  test.each([
    ['that reads files', "SELECT read_text('x')"],
    ['in capitals', "SELECT CURRENT_SETTING('x')"],
    ['through a schema', "SELECT main.write_log('x')"],
    ['as a method', "SELECT ('x').write_log()"],
    ['as a window', "SELECT write_log('x') OVER ()"],
    ['in a lambda', "SELECT list_transform([1], lambda x: getvariable('y'))"],
    ['in ORDER BY', "FROM customer ORDER BY nextval('x')"],
    ['in LIMIT', "FROM customer LIMIT getvariable('x')"],
    ['in COLUMNS', "SELECT COLUMNS(getvariable('x')) FROM customer"],
    ['in the arguments of a table function', "FROM range(getvariable('x'))"],
    ['in VALUES', "VALUES (getvariable('x'))"],
    ['in PIVOT', "PIVOT customer ON name IN ('a') USING max(getvariable('x'))"],
    ['of the database file', 'SELECT shop.main.mine(1)'],
    ['of the database file without a schema', 'SELECT shop.mine(1)'],
    ['of the database file in FROM', 'FROM shop.main.mine(1)'],
    ['of the database file in FROM, by a name that is allowed', 'FROM shop.main.range(1)'],
    ['that is no table function of ours', 'FROM histogram(customer, id)'],
  ])('is refused: %s', async (_, sql) => {
    expect(await refusalOf(sql)).toMatch(/^SQL_NOT_ALLOWED: The (table )?function \S+ may not be called: /)
  })

  test('that came with the database is refused by its name, for views', async () => {
    const forViews = { ...names, functions: new Set(['mine']) }
    expect(await refusalOf('SELECT Mine(1)', forViews)).toBe(
      'SQL_NOT_ALLOWED: The function mine may not be called: it came with the database file.',
    )
  })
})

test('parameters are told as they are written', async () => {
  const verdict = await judge('SELECT $a, $B, $a FROM customer WHERE id > $c')
  expect(verdict.allowed && [...verdict.parameters].toSorted()).toEqual(['B', 'a', 'c'])
})

test('the place of a refusal is told', async () => {
  const verdict = await judge("SELECT 'é', * FROM nope")
  expect(verdict.allowed ? null : verdict.refusal.offset).toBe(Buffer.byteLength("SELECT 'é', * FROM "))
})

describe('what is not known is refused', () => {
  const select = (from: unknown): unknown => ({
    error: false,
    statements: [{ node: { type: 'SELECT_NODE', select_list: [], from_table: from } }],
  })

  test('a table reference of a new kind', () => {
    expect(judgeStatement(select({ type: 'REMOTE_TABLE', url: 'x' }), names)).toMatchObject({
      allowed: false,
      refusal: { code: 'SQL_NOT_ALLOWED' },
    })
  })

  test('an expression of a new kind', () => {
    expect(judgeStatement(select({ type: 'EMPTY', x: { class: 'SHELL', type: 'SHELL' } }), names)).toMatchObject({
      allowed: false,
      refusal: { code: 'SQL_NOT_ALLOWED' },
    })
  })

  test.each([[null], ['x'], [{}], [{ statements: [] }], [{ statements: [1, 2] }]])('a statement that is none: %j', (parsed) => {
    expect(judgeStatement(parsed, names)).toMatchObject({ allowed: false, refusal: { code: 'SQL_NOT_ONE_SELECT' } })
  })
})
