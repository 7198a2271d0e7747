import { BIGINT, DOUBLE, type DuckDBValue, VARCHAR } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDelimited } from '../helpers/csv-reader.ts'
import { fileRenderer } from '../helpers/render-file.ts'

const files = fileRenderer()

const special = fc.constantFrom(
  '"',
  '\\',
  '^',
  ',',
  ';',
  '|',
  '\t',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '-',
  '.',
  ':',
  '#',
  "'",
  'NULL',
  '\\N',
  '\0',
  '👩‍🚀',
  'e\u0301',
  'NaN',
  '$1',
  '%',
)
const text = fc.oneof(
  fc.array(fc.oneof(special, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 6 }).map((parts) => parts.join('')),
  fc.constantFrom('', 'NULL', '\\N'),
)
const row = fc.record({
  text: fc.option(text),
  integer: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  double: fc.option(fc.double()),
})
const rows = fc.array(row, { maxLength: 12 })

const settings = fc
  .record({
    quote: fc.constantFrom('all', 'non_null', 'needed', 'non_numeric', 'none'),
    nullText: fc.constantFrom('', 'NULL', '\\N', '1'),
    lineEnding: fc.constantFrom('lf', 'crlf'),
    delimiter: fc.constantFrom(',', ';', '|', '\t', '-', '.', ':', ' ', '#', "'"),
    escape: fc.constantFrom('"', '\\', '^'),
    header: fc.boolean(),
  })
  .map(({ escape, ...rest }) => (escape === '"' && rest.quote === 'none' ? rest : { ...rest, escape }))

async function fill(values: readonly { text: string | null; integer: bigint | null; double: number | null }[]): Promise<void> {
  await files.connection.run('CREATE OR REPLACE TABLE t (n BIGINT, s VARCHAR, i BIGINT, d DOUBLE)')
  for (const [index, value] of values.entries()) {
    const bound: DuckDBValue[] = [BigInt(index), value.text, value.integer, value.double]
    await files.connection.run('INSERT INTO t VALUES ($1, $2, $3, $4)', bound, [BIGINT, VARCHAR, BIGINT, DOUBLE])
  }
}

const printedDouble = (value: number): string =>
  Number.isNaN(value) ? 'nan' : Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf'

describe('What is written', () => {
  it('reads back equal from a delimited file, or was counted as rejected', async () => {
    await fc.assert(
      fc.asyncProperty(rows, settings, async (values, chosen) => {
        await fill(values)
        const { quote, nullText } = chosen
        const escape = 'escape' in chosen ? chosen.escape : null
        const file = await files.render('SELECT * FROM t ORDER BY n', chosen)
        const records = readDelimited(file.text, {
          delimiter: chosen.delimiter,
          quotes: quote !== 'none',
          escape,
          lineEnding: chosen.lineEnding === 'crlf' ? '\r\n' : '\n',
        })
        const body = chosen.header ? records.slice(1) : records
        const rejected = file.rejects.reduce((sum, reject) => sum + reject.rows, 0)
        expect(body.length + rejected).toBe(values.length)
        expect(file.rows).toBe(body.length)
        if (quote !== 'none' || escape !== null) expect(rejected).toBe(0)
        for (const record of body) {
          const [number, ...fields] = record
          const value = values[Number(number?.text)] ?? expect.fail(`no row ${number?.text}`)
          const written = [value.text, value.integer === null ? null : String(value.integer), value.double]
          for (const [index, field] of fields.entries()) {
            const original = written[index] ?? null
            const isNull = quote === 'all' ? field.text === nullText : !field.quoted && field.raw === nullText
            if (original === null) expect(isNull).toBe(true)
            else if (typeof original === 'number')
              expect(/^-?(?:nan|inf)$/.test(field.text) ? field.text : Number(field.text)).toEqual(
                Number.isFinite(original) ? original : printedDouble(original),
              )
            else expect(field.text).toBe(original)
            // An empty or quoted text may look like NULL only where the settings cannot tell them apart.
            if (original !== null && isNull) expect(quote === 'all' || (quote === 'none' && nullText === '')).toBe(true)
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  it('reads back equal from NDJSON, or was counted as rejected', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('lf', 'crlf'), async (values, lineEnding) => {
        await fill(values)
        const file = await files.render('SELECT n, s, CAST(i AS VARCHAR) AS i, d, {s: s} AS o FROM t ORDER BY n', {
          format: 'ndjson',
          lineEnding,
        })
        const lines = file.text.split(lineEnding === 'crlf' ? '\r\n' : '\n').slice(0, -1)
        const expected = values.flatMap((value, n) => {
          const isSayable = value.double === null || Number.isFinite(value.double)
          return isSayable
            ? [{ n, s: value.text, i: value.integer === null ? null : String(value.integer), d: value.double, o: { s: value.text } }]
            : []
        })
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(expected)
        expect(file.rejects.reduce((sum, reject) => sum + reject.rows, 0)).toBe(values.length - expected.length)
      }),
      { numRuns: 100 },
    )
  })
})
