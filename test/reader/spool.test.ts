/** Rows are frozen exactly, read back by their places, and the ledger says of each what became of it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MappingEntry } from '../../src/contract/objects.ts'
import type { ReaderSession, SpoolSession } from '../../src/contract/reader.ts'
import type { ClosableReader } from '../../src/reader/reader.ts'
import { duckdbFile, errorOf, openSession, query, removeFolder, testFolder, testReader } from '../helpers/databases.ts'

let outer: string
let folder: string
let reader: ClosableReader
let session: ReaderSession
let spool: SpoolSession
let shop: Awaited<ReturnType<typeof duckdbFile>>
const path = (name: string): string => join(folder, name)
const frozen = (): string => path('frozen.parquet')
const refused = (): string => path('refused.parquet')

beforeAll(async () => {
  // Names that DuckDB takes for patterns elsewhere.
  outer = await testFolder()
  folder = join(outer, 'data [1] * ?')
  await mkdir(folder)
  reader = testReader(folder)
  shop = await duckdbFile(join(outer, 'shop.duckdb'), [
    'CREATE TABLE big AS SELECT (i * 7919) % 200003 AS n FROM range(200003) AS r(i)',
    `CREATE TABLE odd AS SELECT * FROM (VALUES
      (9223372036854775807, 12345678901234567890.12::DECIMAL(22,2), TIMESTAMPTZ '2026-01-02 03:04:05.678+00', {'a': [1, NULL], 'b c': 'x'}, '{"n": 12345678901234567890.10}'::JSON, 'line
break "quoted" \\ ü 🙂', 1.5::DOUBLE, '\\xFF'::BLOB),
      (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) AS t(big, amount, seen, nested, document, words, share, bytes)`,
    "CREATE TABLE doubles AS SELECT * FROM (VALUES (1.0, 'a'), ('nan'::DOUBLE, 'b'), ('infinity'::DOUBLE, 'c')) AS t(share, name)",
    "CREATE TABLE keyed AS SELECT * FROM (VALUES (1, 'a', 'x'), (2, 'b', 'x'), (2, 'b', 'y'), (NULL, 'c', 'z'), (3, 'd', repeat('x', 500))) AS t(id, region, note)",
  ])
  await writeFile(frozen(), '')
  session = await openSession(reader, shop, { outputs: [frozen()] })
  spool = await reader.openSpool({ folders: [folder], deadlineMs: 60_000, signal: new AbortController().signal })
})
afterAll(async () => {
  await session.close()
  await spool.close()
  await removeFolder(outer)
})

interface What {
  readonly mapping?: readonly MappingEntry[]
  readonly key?: readonly string[]
  readonly rowBytes?: number
}

/** Freezes, refuses and gives the lines of all rows. */
async function linesOf(sql: string, { mapping, key, rowBytes = 1_000_000 }: What = {}) {
  const request = { source: query(sql), mapping: mapping ?? null, key: key ?? null, output: frozen(), limit: null }
  const { rows } = await session.freeze(request, () => undefined)
  const reasons = await spool.refuse({ frozen: frozen(), hasKey: key !== undefined, rowBytes, output: refused() })
  return { rows, reasons, lines: await readLines(0, rows) }
}

async function readLines(from: number, to: number): Promise<string[]> {
  await spool.lines({ frozen: frozen(), refused: refused(), from, to, output: path('lines') })
  const text = await readFile(path('lines'), 'utf8')
  return text === '' ? [] : text.slice(0, -1).split('\n')
}

async function rowsIn(file: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(`FROM read_parquet('${file.replaceAll(/[*?[]/g, '[$&]')}')`)).getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

describe('freezing', () => {
  test('keeps every value exactly as JSON, without line breaks', async () => {
    const { lines } = await linesOf('SELECT * FROM odd')
    expect(lines).toEqual([
      '{"big":9223372036854775807,"amount":12345678901234567890.12,"seen":"2026-01-02T03:04:05.678Z","nested":{"a":[1,null],"b c":"x"},"document":{"n": 12345678901234567890.10},"words":"line\\nbreak \\"quoted\\" \\\\ ü 🙂","share":1.5,"bytes":"/w=="}',
      '{"big":null,"amount":null,"seen":null,"nested":null,"document":null,"words":null,"share":null,"bytes":null}',
    ])
  })

  test('keeps the order of ORDER BY over many row groups, and reads any stretch back', async () => {
    const { rows, lines } = await linesOf('SELECT n FROM big ORDER BY n')
    expect(rows).toBe(200_003)
    expect(lines.every((line, index) => line === `{"n":${index}}`)).toBe(true)
    expect(await readLines(123_456, 123_459)).toEqual(['{"n":123456}', '{"n":123457}', '{"n":123458}'])
    expect(await readLines(7, 7)).toEqual([])
  })

  test('keeps large rows within the memory that it may have, whatever their number', async () => {
    const small = testReader(path('small'), { memoryBytes: 400_000_000 })
    const output = path('wide.parquet')
    await writeFile(output, '')
    const wide = await openSession(small, shop, { outputs: [output] })
    const source = query('SELECT i AS id, repeat(md5(i::VARCHAR), 256) AS body FROM range(120000) AS r(i)')
    const { rows } = await wide.freeze({ source, mapping: null, key: null, output, limit: null }, () => undefined)
    await wide.close()
    expect(rows).toBe(120_000)
  })

  test('leaves out values that JSON cannot say, by name, and goes on', async () => {
    const { reasons, lines } = await linesOf('SELECT * FROM doubles ORDER BY name')
    expect(lines).toEqual(['{"share":1.0,"name":"a"}', '', ''])
    expect(reasons).toEqual([{ code: 'VALUE_NOT_EXPRESSIBLE', column: 'share', rows: 2 }])
    expect((await rowsIn(refused())).map(({ reason }) => reason)).toEqual([
      'JSON cannot say the value "nan" of column "share".',
      'JSON cannot say the value "inf" of column "share".',
    ])
  })

  test('refuses rows whose cast fails, with the value at fault', async () => {
    const mapping = [{ from: 'region', to: 'amount', cast: 'integer' }]
    const { reasons, lines } = await linesOf("SELECT * FROM (VALUES ('1'), ('x''y'), (NULL)) AS t(region)", { mapping })
    expect(lines).toEqual(['{"amount":1}', '', '{"amount":null}'])
    expect(reasons).toEqual([{ code: 'CAST_FAILED', column: 'amount', rows: 1 }])
    expect((await rowsIn(refused()))[0]).toMatchObject({ reason: 'The value "x\'y" of column "amount" does not fit its type.' })
  })

  test('refuses all rows of a doubled key, those without one, and those that are too large', async () => {
    const { reasons, lines } = await linesOf('SELECT * FROM keyed', { key: ['id', 'region'], rowBytes: 200 })
    expect(lines.filter((line) => line !== '')).toEqual(['{"id":1,"region":"a","note":"x"}'])
    expect(reasons).toEqual([
      { code: 'DUPLICATE_KEY', column: null, rows: 2 },
      { code: 'KEY_MISSING', column: null, rows: 1 },
      { code: 'ROW_TOO_LARGE', column: null, rows: 1 },
    ])
    expect((await rowsIn(refused())).find(({ code }) => code === 'DUPLICATE_KEY')).toMatchObject({ reason: '2 rows have the key [2,"b"].' })
  })

  test('refuses a key column that is not there, naming the nearest', async () => {
    expect(await errorOf(linesOf('SELECT * FROM keyed', { key: ['regoin'] }))).toMatchObject({
      code: 'MAPPING_INVALID',
      detail: expect.stringContaining('"region"'),
    })
  })
})

test('a spool session reaches its folders and nothing else', async () => {
  const outside = await errorOf(spool.readRejected({ rejected: '/etc/passwd', after: null, code: null, limit: 1 }))
  expect(outside.code).toBe('SQL_NOT_ALLOWED')
  const quote = await errorOf(spool.readRejected({ rejected: "x') UNION SELECT 1 --", after: null, code: null, limit: 1 }))
  expect(quote.code).not.toBe('INTERNAL')
})

interface Entry {
  readonly verdict: string
  readonly code: string | null
}
const rowCount = 40

/** What the ledger must say, told plainly. */
function expected(
  model: {
    readonly refusedRows: ReadonlySet<number>
    readonly verdicts: ReadonlyMap<number, Entry>
    readonly singles: ReadonlyMap<number, Entry>
    readonly ranges: readonly (Entry & { readonly from: number; readonly to: number })[]
  },
  own: { readonly withRefused: boolean; readonly skippedFrom: number },
): [number, string, string | null][] {
  const told: [number, string, string | null][] = []
  for (let row = 0; row < rowCount; row += 1) {
    if (model.refusedRows.has(row)) {
      if (own.withRefused) told.push([row, 'rejected', 'KEY_MISSING'])
      continue
    }
    const entry = model.verdicts.get(row) ?? model.singles.get(row) ?? model.ranges.find(({ from, to }) => row >= from && row < to)
    if (entry) told.push([row, entry.verdict, entry.code])
    else if (row >= own.skippedFrom) told.push([row, 'skipped', 'RUN_FAILED'])
  }
  return told
}

const anyEntry = fc.record({ verdict: fc.constantFrom('delivered', 'rejected', 'unknown'), code: fc.option(fc.constantFrom('A', 'B')) })
const anyRows = fc.uniqueArray(fc.nat(rowCount - 1), { maxLength: 12 })
const byRow = fc.dictionary(fc.nat(rowCount - 1).map(String), anyEntry, { maxKeys: 12 })
const lines = (entries: readonly object[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')

test('the ledger says of every row what is known best of it', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRows,
      byRow,
      byRow,
      fc.uniqueArray(fc.nat(rowCount), { maxLength: 8 }),
      fc.array(anyEntry, { minLength: 8, maxLength: 8 }),
      fc.record({ withRefused: fc.boolean(), skippedFrom: fc.nat(rowCount) }),
      async (refusedRows, verdictOf, singleOf, cuts, entries, own) => {
        const bounds = cuts.toSorted((a, b) => a - b)
        // Every second stretch is told of: the others are gaps.
        const ranges = bounds.slice(0, -1).flatMap((from, index) => {
          const entry = entries[index]
          return index % 2 === 0 && entry ? [{ ...entry, from, to: bounds[index + 1] ?? from }] : []
        })
        const keys = refusedRows.length === 0 ? 'i' : `CASE WHEN i IN (${refusedRows.join(', ')}) THEN NULL ELSE i END`
        await linesOf(`SELECT ${keys} AS id FROM range(${rowCount}) AS r(i) ORDER BY i`, { key: ['id'] })
        const numbered = (of: Record<string, Entry>): (Entry & { row: number })[] =>
          Object.entries(of).map(([row, entry]) => ({ row: Number(row), ...entry }))
        await writeFile(path('verdicts-1'), lines(numbered(verdictOf).slice(0, 3)))
        await writeFile(path('verdicts-2'), lines([...numbered(verdictOf).slice(3), { part: 'p', attempt: 1, request: 'r', answer: null }]))
        await writeFile(path('rows'), lines(numbered(singleOf)))
        await writeFile(path('ranges'), lines(ranges))
        const verdicts = [path('verdicts-1'), path('verdicts-2')]
        const written = { frozen: frozen(), refused: refused(), verdicts, ranges: path('ranges'), rows: path('rows') }
        await spool.ledger({ ...written, ...own, hasKey: true, otherwise: 'RUN_FAILED', output: path('ledger.parquet') })
        const told = (await rowsIn(path('ledger.parquet'))).map(({ row, verdict, code }) => [Number(row), verdict, code])
        const mapOf = (of: Record<string, Entry>): Map<number, Entry> =>
          new Map(Object.entries(of).map(([row, entry]) => [Number(row), entry]))
        const model = { refusedRows: new Set(refusedRows), verdicts: mapOf(verdictOf), singles: mapOf(singleOf), ranges }
        expect(told).toEqual(expected(model, own))
      },
    ),
    { numRuns: 40 },
  )
})

test('a ledger of nothing but stretches says the same without a look at the rows', async () => {
  await linesOf(`SELECT i AS id FROM range(10) AS r(i) ORDER BY i`)
  await writeFile(path('rows'), '')
  const stretch = { code: null, reason: null, part: 'part_1', attempt: 1, at: null }
  // In the order in which parts are made, which is not that of their rows.
  await writeFile(
    path('ranges'),
    lines([
      { from: 4, to: 10, verdict: 'delivered', ...stretch },
      { from: 0, to: 4, verdict: 'unknown', ...stretch },
    ]),
  )
  const given = {
    frozen: frozen(),
    refused: refused(),
    verdicts: [],
    ranges: path('ranges'),
    rows: path('rows'),
    otherwise: 'X',
    withRefused: true,
  }
  const ledgerOf = async (skippedFrom: number): Promise<Record<string, unknown>[]> => {
    await spool.ledger({ ...given, hasKey: false, skippedFrom, output: path('ledger.parquet') })
    return rowsIn(path('ledger.parquet'))
  }
  const plain = await ledgerOf(10)
  expect(plain.map(({ row }) => Number(row))).toEqual(Array.from({ length: 10 }, (_, row) => row))
  expect(plain).toEqual(await ledgerOf(9))
})

test('rejected rows are kept with their values and what was said, read in pages, exported, and frozen again', async () => {
  await linesOf(`SELECT i AS id, 'name ' || i AS name FROM range(10) AS r(i) UNION ALL SELECT NULL, 'keyless' ORDER BY id NULLS LAST`, {
    key: ['id'],
  })
  const common = { part: 'part_1', attempt: 2, at: '2026-11-25T10:00:00.000Z' }
  await writeFile(
    path('verdicts'),
    lines([
      { row: 3, verdict: 'rejected', code: 'INVALID', reason: 'no, "never"', ...common },
      { row: 5, verdict: 'rejected', code: 'OTHER', reason: 'x', ...common },
      { part: 'part_1', attempt: 2, request: 'POST /', answer: 'HTTP 207' },
    ]),
  )
  await writeFile(path('rows'), '')
  await writeFile(path('ranges'), lines([{ from: 0, to: 11, verdict: 'delivered', code: null, reason: null, ...common }]))
  const given = { frozen: frozen(), refused: refused(), verdicts: [path('verdicts')] }
  await spool.ledger({
    ...given,
    withRefused: true,
    hasKey: true,
    ranges: path('ranges'),
    rows: path('rows'),
    otherwise: 'RUN_FAILED',
    skippedFrom: 11,
    output: path('ledger.parquet'),
  })
  const rejected = path('rejected.parquet')
  expect(await spool.rejected({ ...given, ledger: path('ledger.parquet'), output: rejected })).toEqual({
    rows: 3,
    reasons: [
      { code: 'INVALID', column: null, rows: 1 },
      { code: 'KEY_MISSING', column: null, rows: 1 },
      { code: 'OTHER', column: null, rows: 1 },
    ],
  })
  const first = {
    row: 3,
    key: '[3]',
    code: 'INVALID',
    column: null,
    reason: 'no, "never"',
    ...common,
    values: '{"id":3,"name":"name 3"}',
    request: 'POST /',
    answer: 'HTTP 207',
  }
  const page = await spool.readRejected({ rejected, after: null, code: null, limit: 2 })
  expect(page[0]).toEqual(first)
  expect((await spool.readRejected({ rejected, after: 5, code: null, limit: 2 })).map(({ row, part }) => [row, part])).toEqual([[10, null]])
  expect((await spool.readRejected({ rejected, after: null, code: 'OTHER', limit: 2 })).map(({ row }) => row)).toEqual([5])
  await spool.exportRejected({ rejected, format: 'ndjson', output: path('out') })
  expect(JSON.parse((await readFile(path('out'), 'utf8')).split('\n')[0] ?? '')).toEqual(first)
  await spool.exportRejected({ rejected, format: 'csv', output: path('out') })
  expect((await readFile(path('out'), 'utf8')).split('\n')[1]).toBe(
    '3,[3],INVALID,,"no, ""never""",part_1,2,2026-11-25T10:00:00.000Z,"{""id"":3,""name"":""name 3""}",POST /,HTTP 207',
  )
  expect(await spool.freezeRejected({ rejected, output: path('again.parquet') })).toEqual({ rows: 2 })
  expect((await rowsIn(path('again.parquet'))).map(({ _json, _key }) => [_json, _key])).toEqual([
    ['{"id":3,"name":"name 3"}', '[3]'],
    ['{"id":5,"name":"name 5"}', '[5]'],
  ])
})
