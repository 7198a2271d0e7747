/** Queries and tables become files and previews: exactly, with bound parameters, and with the place of every fault. */
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FileSettings } from '../../src/contract/files.ts'
import type { MappingEntry, ParameterDeclarations, ParameterValue } from '../../src/contract/objects.ts'
import type { ReaderSession, RenderProgress, RenderResult, Source } from '../../src/contract/reader.ts'
import type { ClosableReader } from '../../src/reader/reader.ts'
import { duckdbFile, errorOf, openSession, query, removeFolder, rowsOf, testFolder, testReader } from '../helpers/databases.ts'
import { canMount, mountSmallDisk } from '../helpers/small-disk.ts'

const csv: FileSettings = {
  format: 'csv',
  delimiter: ',',
  header: true,
  headerQuote: 'needed',
  quote: 'needed',
  escape: '"',
  nullText: '',
  lineEnding: 'lf',
  fileName: 'x.csv',
  existing: 'replace',
  emptyResult: 'send',
}

let folder: string
let reader: ClosableReader
let database: string
let session: ReaderSession
const outputs = (): string[] => ['a', 'b', 'c'].map((name) => join(folder, `${name}.csv`))

beforeAll(async () => {
  folder = await testFolder()
  reader = testReader(folder)
  database = await duckdbFile(join(folder, 'shop.duckdb'), [
    "CREATE TABLE customer AS SELECT * FROM (VALUES (1, 'ana', 'BR', DATE '2024-01-01'), (2, 'b,\"o\"b', 'US', DATE '2024-02-01'), (3, NULL, 'BR', NULL)) AS t(id, name, country, since)",
    'CREATE TABLE big AS SELECT range AS n FROM range(3000000)',
    'CREATE TABLE "odd ""table" AS SELECT 1 AS "a ""b", 2 AS "x; DROP TABLE customer"',
  ])
  for (const output of outputs()) await writeFile(output, '')
  session = await openSession(reader, database, { outputs: outputs() })
})

afterAll(async () => {
  await session.close()
  await removeFolder(folder)
})

interface What {
  readonly mapping?: readonly MappingEntry[]
  readonly file?: Partial<FileSettings>
  readonly output?: string
  readonly limit?: number
}

async function render(
  source: Source,
  { mapping, file, output = join(folder, 'a.csv'), limit }: What = {},
): Promise<RenderResult & { readonly text: string }> {
  const result = await session.render(
    { source, mapping: mapping ?? null, file: { ...csv, ...file }, output, limit: limit ?? null },
    () => undefined,
  )
  return { ...result, text: await readFile(output, 'utf8') }
}

const withParameters = (
  sql: string,
  declarations: ParameterDeclarations,
  parameters: Readonly<Record<string, ParameterValue>>,
): Source => ({ kind: 'query', sql, declarations, parameters })

describe('a render', () => {
  test('writes a query, and counts what the writer counted', async () => {
    expect(await render(query('SELECT id, name FROM customer ORDER BY id -- all of them\n;'))).toEqual({
      rows: 3,
      rejects: [],
      columns: [
        { name: 'id', type: 'INTEGER' },
        { name: 'name', type: 'VARCHAR' },
      ],
      text: 'id,name\n1,ana\n2,"b,""o""b"\n3,\n',
    })
  })

  test('writes a table, or some of its columns in the order asked', async () => {
    const result = await render({ kind: 'table', table: 'customer', columns: ['COUNTRY', 'id'] })
    expect(result.text.split('\n')[0]).toBe('country,id')
    expect((await render({ kind: 'table', table: 'odd "table', columns: null })).text).toBe('"a ""b",x; DROP TABLE customer\n1,2\n')
  })

  test('maps, casts and rejects what does not fit', async () => {
    const result = await render(query("SELECT * FROM (VALUES ('1'), ('x'), ('3')) t(n)"), {
      mapping: [
        { from: 'n', to: 'Number', cast: 'INTEGER' },
        { value: 'segue', to: 'SOURCE' },
      ],
    })
    expect(result).toEqual({
      rows: 2,
      rejects: [{ code: 'CAST_FAILED', column: 'Number', rows: 1 }],
      columns: [
        { name: 'Number', type: 'INTEGER' },
        { name: 'SOURCE', type: 'VARCHAR' },
      ],
      text: 'Number,SOURCE\n1,segue\n3,segue\n',
    })
  })

  test('counts rejects anew each time', async () => {
    const source = query("SELECT * FROM (VALUES ('a,b'), ('c')) t(n)")
    for (let round = 0; round < 2; round += 1) {
      expect(await render(source, { file: { quote: 'none' } })).toMatchObject({
        rows: 1,
        rejects: [{ code: 'VALUE_NOT_EXPRESSIBLE', column: 'n', rows: 1 }],
      })
    }
  })

  test('writes no more than the limit', async () => {
    expect(await render(query('SELECT range AS n FROM range(1000000000)'), { limit: 2 })).toMatchObject({ rows: 2 })
  })

  test('reports progress at least twice a second', async () => {
    const reports: { at: number; progress: RenderProgress }[] = []
    const start = performance.now()
    const source = query('SELECT n, sha256(md5(n::VARCHAR)) AS m FROM big')
    await session.render({ source, mapping: null, file: csv, output: join(folder, 'b.csv'), limit: null }, (progress) =>
      reports.push({ at: performance.now() - start, progress }),
    )
    const times = [0, ...reports.map(({ at }) => at), performance.now() - start]
    expect(reports.length).toBeGreaterThan(1)
    expect(Math.max(...times.slice(1).map((time, index) => time - times[index]!))).toBeLessThan(1000)
    expect(reports.at(-1)?.progress.rows).toBeGreaterThan(0)
  })

  test('writes nowhere but into the outputs of its session', async () => {
    const before = await readdir(folder)
    expect(await errorOf(render(query('SELECT 1 AS a'), { output: join(folder, 'elsewhere.csv') }))).toMatchObject({
      code: 'SQL_NOT_ALLOWED',
      detail: 'The query reaches for something outside of the database.',
    })
    expect(await readdir(folder)).toEqual(before)
  })

  test('writes through a folder that is a link', async () => {
    await mkdir(join(folder, 'real'))
    await symlink(join(folder, 'real'), join(folder, 'link'))
    const output = join(folder, 'link', 'out.csv')
    const other = await openSession(reader, database, { outputs: [output] })
    await other.render({ source: query('SELECT 1 AS a'), mapping: null, file: csv, output, limit: null }, () => undefined)
    expect(await readFile(join(folder, 'real', 'out.csv'), 'utf8')).toBe('a\n1\n')
    await other.close()
  })

  test.runIf(canMount)('tells that the disk is full', async () => {
    using disk = mountSmallDisk()
    const output = join(disk.folder, 'out.csv')
    const other = await openSession(reader, database, { outputs: [output] })
    const rendering = other.render(
      { source: { kind: 'table', table: 'big', columns: null }, mapping: null, file: csv, output, limit: null },
      () => undefined,
    )
    expect(await errorOf(rendering)).toMatchObject({ code: 'DISK_FULL' })
    await other.close()
  })

  test('writes the outputs of a folder database', async () => {
    await mkdir(join(folder, 'files'))
    await writeFile(join(folder, 'files', 'customer.csv'), 'id,name\n1,ana\n')
    const other = await openSession(reader, join(folder, 'files'), { outputs: [join(folder, 'c.csv')] })
    expect(
      await other.render(
        { source: query('FROM customer'), mapping: null, file: csv, output: join(folder, 'c.csv'), limit: null },
        () => undefined,
      ),
    ).toMatchObject({ rows: 1 })
    const overwrite = other.render(
      { source: query('FROM customer'), mapping: null, file: csv, output: join(folder, 'a.csv'), limit: null },
      () => undefined,
    )
    expect(await errorOf(overwrite)).toMatchObject({ code: 'SQL_NOT_ALLOWED' })
    await other.close()
  })
})

describe('parameters', () => {
  test('are bound, in a render too', async () => {
    const source = withParameters(
      'SELECT id, $since AS since, $Country AS c FROM customer WHERE country = $country',
      { country: { type: 'text', default: null }, since: { type: 'date', default: '2024-05-01' } },
      { country: 'US' },
    )
    expect((await render(source)).text).toBe('id,since,c\n2,2024-05-01,US\n')
  })

  test.each(["'; DROP TABLE customer; --", "' OR 1=1 --", '$country', '*/ ) --', "BR' UNION SELECT 1"])(
    'never become SQL: %s',
    async (value) => {
      const source = withParameters(
        'SELECT id, $country AS c FROM customer WHERE country = $country',
        { country: { type: 'text', default: null } },
        { country: value },
      )
      expect(await rowsOf(session, source)).toEqual([])
      expect(await rowsOf(session, 'SELECT count(*) FROM customer')).toEqual([['3']])
    },
  )

  test('that are built in need no declaration', async () => {
    const source = withParameters(
      'SELECT $run_started_at AS t, $last_success_at IS NULL AS first',
      {},
      { run_started_at: '2026-11-23T08:30:00Z', last_success_at: null },
    )
    expect(await rowsOf(session, source)).toEqual([['2026-11-23 08:30:00', 'true']])
  })

  test('decide the types of columns', async () => {
    const source = withParameters(
      'SELECT $n AS n, $d AS d',
      { n: { type: 'integer', default: null }, d: { type: 'decimal', default: null } },
      { n: 5, d: '1.50' },
    )
    expect(await session.describe({ source, mapping: null })).toEqual([
      { name: 'n', type: 'BIGINT' },
      { name: 'd', type: 'DECIMAL(3,2)' },
    ])
  })

  test('that are not declared are refused', async () => {
    expect(await errorOf(rowsOf(session, 'SELECT $nope'))).toMatchObject({
      code: 'PARAMETER_INVALID',
      detail: 'The parameter $nope is not declared.',
    })
  })
})

describe('a preview', () => {
  test('shows every type as exact text', async () => {
    const sql = `SELECT 9007199254740993 AS i, 170141183460469231731687303715884105727::HUGEINT AS h, 1.10::DECIMAL(10,2) AS d, 0.1::DOUBLE AS f, 'NaN'::DOUBLE AS nan,
      TIMESTAMP '2024-01-02 03:04:05.678901' AS t, '2024-07-01 12:00:00+02'::TIMESTAMPTZ AS z, true AS b, '\\xAB\\x00'::BLOB AS x, NULL AS n, '' AS e,
      {'a': 1, 'b': [1.5, NULL]} AS s, [1, 2] AS l, map {'k': 'v'} AS m, '{"j": 1}'::JSON AS j, INTERVAL 1 DAY AS v, 'a'::ENUM ('a') AS en, 'infinity'::DATE AS inf`
    expect((await rowsOf(session, sql))[0]).toEqual([
      '9007199254740993',
      '170141183460469231731687303715884105727',
      '1.10',
      '0.1',
      'nan',
      '2024-01-02 03:04:05.678901',
      '2024-07-01 10:00:00+00',
      'true',
      'ab00',
      null,
      '',
      '{"a":1,"b":[1.5,null]}',
      '[1,2]',
      '{"k":"v"}',
      '{"j": 1}',
      '1 day',
      'a',
      'infinity',
    ])
  })

  test('shows what the mapping makes', async () => {
    const result = await session.preview({
      source: query('SELECT id, name FROM customer'),
      mapping: [{ from: 'NAME', to: 'Who' }],
      limit: 1,
    })
    expect(result).toMatchObject({ columns: [{ name: 'Who', type: 'VARCHAR' }], rows: [['ana']] })
  })

  test('reads no further than it needs', async () => {
    const result = await session.preview({ source: query('SELECT range AS n FROM range(100000000000)'), mapping: null, limit: 3 })
    expect(result.rows).toEqual([['0'], ['1'], ['2']])
    expect(result.tookMs).toBeLessThan(2000)
  })

  test('of nothing has columns and no rows', async () => {
    expect(await session.preview({ source: query('SELECT id FROM customer WHERE false'), mapping: null, limit: 5 })).toMatchObject({
      columns: [{ name: 'id', type: 'INTEGER' }],
      rows: [],
    })
  })
})

describe('a fault is told with its place', () => {
  test.each([
    ['SELECT id\nFROM customer\nWHERE nme = 1', 'SQL_INVALID', 3, 7, 'Referenced column "nme" not found'],
    ["SELECT 'é😀',\n  nope FROM customer", 'SQL_INVALID', 2, 3, 'Referenced column "nope" not found'],
    ['SELECT id FROM custmer', 'TABLE_NOT_FOUND', 1, 16, 'There is no table "custmer". Did you mean "customer"?'],
    ["SELECT 'é', * FROM\n  custmer", 'TABLE_NOT_FOUND', 2, 3, 'There is no table "custmer".'],
    ['SELECT id,\n FROM FROM customer', 'SQL_SYNTAX', 2, 7, 'syntax error'],
    ['SELECT uper(name) FROM customer', 'SQL_INVALID', 1, 8, 'Scalar Function with name uper does not exist'],
    ["SELECT 1,\n  CAST(name || 'x' AS INTEGER) FROM customer", 'SQL_FAILED', 2, 3, "Could not convert string 'anax' to INT32"],
  ])('%s', async (sql, code, line, column, detail) => {
    const expected = { code, line, column, detail: expect.stringContaining(`Line ${line}, column ${column}: ${detail}`) }
    expect(await errorOf(rowsOf(session, sql))).toMatchObject(expected)
    expect(await errorOf(render(query(sql)))).toMatchObject(expected)
  })

  test.each([
    ['columns of one name', query('SELECT id, id FROM customer'), 'MAPPING_INVALID', 'Two columns are called "id"'],
    [
      'a column without a usable table',
      { kind: 'table', table: 'custmer', columns: null } as const,
      'TABLE_NOT_FOUND',
      'There is no table "custmer". Did you mean "customer"?',
    ],
    [
      'a column that a table does not have',
      { kind: 'table', table: 'customer', columns: ['nam'] } as const,
      'MAPPING_INVALID',
      'The table "customer" has no column "nam". Did you mean "name"?',
    ],
  ])('%s', async (_, source, code, detail) => {
    expect(await errorOf(session.describe({ source, mapping: null }))).toMatchObject({ code, detail: expect.stringContaining(detail) })
  })

  test('a mapping of a column that is not there', async () => {
    expect(await errorOf(session.describe({ source: query('SELECT id FROM customer'), mapping: [{ from: 'idd' }] }))).toMatchObject({
      code: 'MAPPING_INVALID',
    })
  })

  test('a fault while it runs names no path of ours', async () => {
    const error = await errorOf(rowsOf(session, "SELECT error('boom') FROM customer"))
    expect(error).toMatchObject({ code: 'SQL_FAILED', detail: 'boom.' })
  })
})
