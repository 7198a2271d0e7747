/** What a DuckDB database may be, and what a session tells of it. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClosableReader } from '../../src/reader/reader.ts'
import type { ReaderSession } from '../../src/contract/reader.ts'
import { duckdbFile, duckdbScript, errorOf, openSession, removeFolder, rowsOf, testFolder, testReader } from '../helpers/databases.ts'
import { eventually } from '../helpers/eventually.ts'
import { startProgram } from '../helpers/processes.ts'

let folder: string
let reader: ClosableReader
const at = (...parts: readonly string[]): string => join(folder, ...parts)

beforeAll(async () => {
  folder = await testFolder()
  reader = testReader(folder)
})
afterAll(() => removeFolder(folder))

async function withSession<T>(path: string, work: (session: ReaderSession) => Promise<T>): Promise<T> {
  const session = await openSession(reader, path)
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

describe('a DuckDB file', () => {
  test('tells its tables and views with columns, and rows of tables', async () => {
    const path = await duckdbFile(at('shop.duckdb'), [
      'CREATE TABLE customer AS SELECT range::INTEGER AS id, 1.5::DECIMAL(12, 2) AS "Total ""€""", now() AS seen FROM range(10)',
      'DELETE FROM customer WHERE id < 4',
      'CREATE SCHEMA sales',
      "CREATE TABLE sales.orders AS SELECT {'a': 1} AS o, '{}'::JSON AS j",
      'CREATE VIEW recent (number) AS SELECT id FROM customer',
    ])
    expect(await withSession(path, (session) => session.tables())).toEqual([
      {
        name: 'customer',
        columns: [
          { name: 'id', type: 'INTEGER' },
          { name: 'Total "€"', type: 'DECIMAL(12,2)' },
          { name: 'seen', type: 'TIMESTAMP WITH TIME ZONE' },
        ],
        rows: 6,
      },
      {
        name: 'sales.orders',
        columns: [
          { name: 'o', type: 'STRUCT(a INTEGER)' },
          { name: 'j', type: 'JSON' },
        ],
        rows: 1,
      },
      { name: 'recent', columns: [{ name: 'number', type: 'INTEGER' }], rows: null },
    ])
    await withSession(path, async (session) => {
      expect(await rowsOf(session, 'SELECT count(*) FROM recent, sales.orders, shop.main.customer, shop.sales.orders')).toEqual([['36']])
      expect(await rowsOf(session, { kind: 'table', table: 'sales.orders', columns: ['j'] })).toEqual([['{}']])
      expect(await session.count('recent')).toBe(6)
    })
  })

  test.each(['main', 'memory', 'temp', 'select', 'we"ird \'name'])('may be called %s', async (name) => {
    const path = await duckdbFile(at(`${name}.db`), ['CREATE TABLE customer AS SELECT 1 AS id'])
    expect(await withSession(path, (session) => rowsOf(session, 'FROM customer'))).toEqual([['1']])
  })

  test('may hold tables of any name', async () => {
    const names = ['a"b', "it's", 'x; DROP TABLE y', '../etc/passwd', 'select', 'ü', '*']
    const path = await duckdbFile(
      at('names.duckdb'),
      names.map((name) => `CREATE TABLE "${name.replaceAll('"', '""')}" AS SELECT 1 AS "${name.replaceAll('"', '""')}"`),
    )
    await withSession(path, async (session) => {
      expect((await session.tables()).map((table) => table.name).toSorted()).toEqual(names.toSorted())
      for (const name of names) {
        expect(await rowsOf(session, { kind: 'table', table: name, columns: [name] })).toEqual([['1']])
        expect(await session.count(name)).toBe(1)
      }
    })
  })

  test('is DATABASE_BUSY while another process writes it, and then shows what was not checkpointed', async () => {
    const path = await duckdbFile(at('busy.duckdb'), ['CREATE TABLE early AS SELECT 1 AS x'])
    const writer = await startProgram('hold-database.ts', [path])
    expect(await errorOf(openSession(reader, path))).toMatchObject({
      code: 'DATABASE_BUSY',
      detail: `${path} is being written by process ${writer.pid}.`,
    })
    writer.kill('SIGKILL')
    await eventually(() => writer.signalCode !== null)
    expect(await withSession(path, (session) => rowsOf(session, 'SELECT early.x, late.x AS y FROM early, late'))).toEqual([['1', '7']])
  })

  test('can be read by several sessions at once', async () => {
    const path = await duckdbFile(at('shared.duckdb'), ['CREATE TABLE customer AS SELECT 1 AS id'])
    const counts = await Promise.all([1, 2].map(() => withSession(path, (session) => session.count('customer'))))
    expect(counts).toEqual([1, 1])
  })
})

describe('views and macros that came with a DuckDB file', () => {
  let session: ReaderSession
  beforeAll(async () => {
    await writeFile(at('secret.csv'), 'id\n1\n')
    const path = await duckdbFile(at('outside.duckdb'), [
      'CREATE TABLE customer AS SELECT 1 AS id',
      'CREATE VIEW good AS SELECT id + 1 AS next FROM customer',
      'CREATE VIEW better AS WITH x AS (SELECT * FROM good) SELECT * FROM x, main.customer',
      `CREATE VIEW reads_files AS SELECT * FROM read_csv('${at('secret.csv')}')`,
      `CREATE VIEW scans_files AS SELECT * FROM '${at('secret.csv')}'`,
      'CREATE MACRO harmless(x) AS x + 1',
      'CREATE MACRO logs() AS (SELECT count(*) FROM enable_logging())',
      'CREATE MACRO files() AS TABLE SELECT * FROM enable_logging()',
      'CREATE VIEW calls_macro AS SELECT logs() AS n',
      'CREATE VIEW calls_table_macro AS SELECT * FROM files()',
      "CREATE VIEW logs_itself AS SELECT * FROM enable_logging(storage = 'stdout')",
      'CREATE VIEW reads_bad_view AS SELECT * FROM reads_files',
      'CREATE VIEW "x AS SELECT 1 --" AS SELECT logs() AS n',
      'CREATE TABLE computed (a INTEGER, b INTEGER AS (harmless(a)))',
    ])
    session = await openSession(reader, path)
  })
  afterAll(() => session.close())

  test('can be read where they do what a query may do', async () => {
    expect(await rowsOf(session, 'FROM better')).toEqual([['2', '1']])
  })

  test.each(['reads_files', 'scans_files', 'calls_macro', 'calls_table_macro', 'logs_itself', 'reads_bad_view', 'x AS SELECT 1 --'])(
    'view %s is refused, in queries and as a table',
    async (view) => {
      const sources = [
        `FROM "${view}"`,
        `FROM outside.main."${view}"`,
        `WITH x AS (FROM "${view}") FROM x`,
        { kind: 'table', table: view, columns: null } as const,
      ]
      for (const source of sources) {
        expect(await errorOf(rowsOf(session, source))).toMatchObject({
          code: 'SQL_NOT_ALLOWED',
          detail: expect.stringContaining('may not be read'),
        })
      }
      expect(await errorOf(session.count(view))).toMatchObject({ code: 'SQL_NOT_ALLOWED' })
    },
  )

  test.each([
    'SELECT logs()',
    'SELECT outside.logs()',
    'SELECT outside.main.logs()',
    'FROM files()',
    'FROM outside.main.files()',
    'SELECT main.logs()',
  ])('a macro cannot be called: %s', async (sql) => {
    expect((await errorOf(rowsOf(session, sql))).code).toMatch(/^SQL_(NOT_ALLOWED|INVALID)$/)
  })

  test('a computed column cannot call a macro', async () => {
    expect(await errorOf(rowsOf(session, 'FROM computed'))).toMatchObject({ code: 'SQL_INVALID' })
  })

  test('only readable ones are listed', async () => {
    expect((await session.tables()).map((table) => table.name)).toEqual(['computed', 'customer', 'better', 'good'])
  })

  test('a view is refused where the file has a macro with the name of a built-in function', async () => {
    const path = await duckdbFile(at('shadow.duckdb'), [
      'CREATE MACRO list_aggr(x, y) AS (SELECT count(*) FROM enable_logging())',
      'CREATE VIEW innocent AS SELECT list_sum([1, 2]) AS n',
    ])
    await withSession(path, async (other) => {
      expect(await errorOf(rowsOf(other, 'FROM innocent'))).toMatchObject({ code: 'SQL_NOT_ALLOWED' })
      expect(await rowsOf(other, 'SELECT list_sum([1, 2])')).toEqual([['3']])
    })
  })
})

describe('a folder', () => {
  test('tells its files as tables; Parquet knows its rows', async () => {
    const path = at('files')
    await mkdir(path)
    await duckdbScript([
      `COPY (SELECT range AS id, 'a' AS "Name" FROM range(5)) TO '${path}/five.parquet'`,
      `COPY (SELECT 1 AS id, NULL AS note) TO '${path}/one.csv'`,
    ])
    await writeFile(join(path, 'lines.ndjson'), '{"a":1,"b":{"c":"x"}}\n{"a":2}\n')
    await writeFile(join(path, 'array.json'), '[{"a":1.5}]')
    await writeFile(join(path, 'words.csv'), 'first,second\nx,y\n')
    await writeFile(join(path, 'odd [1]*?.csv'), 'id\n1\n')
    await writeFile(join(path, 'odd 1x.csv'), 'id\n2\n')
    await withSession(path, async (session) => {
      expect(await session.tables()).toEqual([
        { name: 'array', columns: [{ name: 'a', type: 'DOUBLE' }], rows: null },
        {
          name: 'five',
          columns: [
            { name: 'id', type: 'BIGINT' },
            { name: 'Name', type: 'VARCHAR' },
          ],
          rows: 5,
        },
        {
          name: 'lines',
          columns: [
            { name: 'a', type: 'BIGINT' },
            { name: 'b', type: 'STRUCT(c VARCHAR)' },
          ],
          rows: null,
        },
        { name: 'odd 1x', columns: [{ name: 'id', type: 'BIGINT' }], rows: null },
        { name: 'odd [1]*?', columns: [{ name: 'id', type: 'BIGINT' }], rows: null },
        {
          name: 'one',
          columns: [
            { name: 'id', type: 'BIGINT' },
            { name: 'note', type: 'VARCHAR' },
          ],
          rows: null,
        },
        {
          name: 'words',
          columns: [
            { name: 'first', type: 'VARCHAR' },
            { name: 'second', type: 'VARCHAR' },
          ],
          rows: null,
        },
      ])
      expect(await rowsOf(session, 'SELECT a.id, b.id AS other FROM "odd [1]*?" a, "odd 1x" b')).toEqual([['1', '2']])
      expect(await rowsOf(session, 'FROM words')).toEqual([['x', 'y']])
    })
  })

  test('is opened whatever its other files hold: only what a query names is read', async () => {
    const path = at('mixed')
    await mkdir(path)
    await writeFile(join(path, 'good.csv'), 'id\n1\n')
    await writeFile(join(path, 'bad.parquet'), 'no parquet')
    await withSession(path, async (session) => {
      expect(await rowsOf(session, 'FROM good')).toEqual([['1']])
      expect(await errorOf(rowsOf(session, 'FROM bad'))).toMatchObject({
        code: 'DATABASE_INVALID',
        detail: `bad.parquet in ${path} cannot be read as Parquet.`,
      })
    })
  })
})

describe('what is no database is refused', () => {
  test.each([
    ['nothing there', 'none.duckdb', 'DATABASE_NOT_FOUND', 'There is no file or folder'],
    ['a path through a file', 'junk.duckdb/x', 'DATABASE_NOT_FOUND', 'There is no file or folder'],
    ['another file', 'junk.duckdb', 'DATABASE_INVALID', 'is not a DuckDB file'],
    ['an empty file', 'empty.duckdb', 'DATABASE_INVALID', 'is not a DuckDB file'],
    ['a SQLite file', 'lite.duckdb', 'DATABASE_INVALID', 'is not a DuckDB file'],
    ['an empty folder', 'empty', 'DATABASE_INVALID', 'holds no file that ends in'],
    ['a link that leads nowhere', 'dangling', 'DATABASE_NOT_FOUND', 'There is no file or folder'],
    ['a device', '/dev/null', 'DATABASE_INVALID', 'is neither a file nor a folder'],
  ])('%s', async (_, name, code, detail) => {
    await writeFile(at('junk.duckdb'), 'junk'.repeat(5000))
    await writeFile(at('empty.duckdb'), '')
    await writeFile(at('lite.duckdb'), 'SQLite format 3\0'.padEnd(4096, '\0'))
    await mkdir(at('empty'), { recursive: true })
    await symlink(at('gone'), at('dangling')).catch(() => undefined)
    const path = name.startsWith('/') ? name : at(name)
    expect(await errorOf(openSession(reader, path))).toMatchObject({ code, detail: expect.stringContaining(detail) })
  })

  test.skipIf(process.getuid?.() === 0)('what may not be read', async () => {
    const path = await duckdbFile(at('mine.duckdb'), [])
    await chmod(path, 0)
    expect(await errorOf(openSession(reader, path))).toMatchObject({
      code: 'DATABASE_INVALID',
      detail: `${path} may not be read by this user.`,
    })
  })

  test('a type that is not there', async () => {
    const opening = reader.open(
      { type: 'oracle', settings: {}, secrets: {} },
      { outputs: [], deadlineMs: 10_000, signal: new AbortController().signal },
    )
    expect(await errorOf(opening)).toMatchObject({ code: 'DATABASE_INVALID', detail: 'There is no database type "oracle".' })
  })
})
