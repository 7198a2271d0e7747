import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetReadObjects, asyncBufferFromFile } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import { chinookTables, makeChinook, tableAsText } from '../helpers/chinook.ts'
import { readDelimited } from '../helpers/csv-reader.ts'
import { fixturesAbsent } from '../helpers/fixtures.ts'
import { testInstance } from '../helpers/instance.ts'

/** Rows in an order of their own: a file promises none. */
function sorted(rows: readonly (readonly (string | null)[])[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted()
}

/** Timestamps are ISO 8601 in files, and have a blank in DuckDB's own text. */
function asInFiles(value: string | null): string | null {
  return value !== null && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(value) ? value.replace(' ', 'T') : value
}

describe.skipIf(fixturesAbsent)(`the music shop, ${Object.keys(chinookTables).length} tables`, async () => {
  const instance = await testInstance()
  const shop = join(instance.folder, 'chinook.duckdb')
  if (!fixturesAbsent) await makeChinook(shop)
  await instance.apply([
    { kind: 'database', name: 'chinook', type: 'duckdb', settings: { path: shop } },
    { kind: 'export', name: 'whole-shop', database: 'chinook', status: 'active', tables: 'all' },
    { kind: 'destination', name: 'outbox', type: 'local', settings: { folder: instance.outbox } },
    ...(['csv', 'parquet'] as const).map((format) => ({
      kind: 'orchestration',
      name: format,
      export: 'whole-shop',
      destination: 'outbox',
      settings: { format, fileName: `${format}/{{ table }}.${format}` },
    })),
  ])

  test('all eleven tables arrive as CSV, 15,607 rows, each value as it was', async () => {
    const run = await instance.run('csv')
    expect(run).toMatchObject({ state: 'succeeded', counts: { queried: 15_607, delivered: 15_607 } })
    expect(Object.fromEntries(run.files.map(({ dataset, rows }) => [dataset, rows]))).toEqual(chinookTables)
    for (const table of Object.keys(chinookTables)) {
      const text = await readFile(join(instance.outbox, 'csv', `${table}.csv`), 'utf8')
      const [, ...records] = readDelimited(text, { delimiter: ',', quotes: true, escape: '"', lineEnding: '\n' })
      const read = records.map((record) => record.map((field) => (field.raw === '' ? null : field.text)))
      const expected = (await tableAsText(shop, table)).map((row) => row.map(asInFiles))
      expect(sorted(read), table).toEqual(sorted(expected))
    }
  })

  test('all eleven tables arrive as Parquet, 15,607 rows, read back by another reader', async () => {
    const run = await instance.run('parquet')
    expect(run).toMatchObject({ state: 'succeeded', counts: { delivered: 15_607 } })
    let rows = 0
    for (const [table, count] of Object.entries(chinookTables)) {
      const read = await parquetReadObjects({
        file: await asyncBufferFromFile(join(instance.outbox, 'parquet', `${table}.parquet`)),
        compressors: await zstd(),
      })
      expect(read.length, table).toBe(count)
      const texts = read.map((row) =>
        Object.values(row).map((value) =>
          value instanceof Date ? value.toISOString().slice(0, 19).replace('T', ' ') : value === null ? null : plain(value),
        ),
      )
      expect(sorted(texts), table).toEqual(
        sorted((await tableAsText(shop, table)).map((row) => row.map((value) => (value === null ? null : plain(value))))),
      )
      rows += read.length
    }
    expect(rows).toBe(15_607)
  })
})

/** The other reader makes a JavaScript number of a DECIMAL; all of them here are prices with two places. */
function plain(value: unknown): string {
  const text = String(value)
  return /^-?\d+\.\d+$/.test(text) ? Number(text).toFixed(2) : text
}

async function zstd(): Promise<{ ZSTD: (input: Uint8Array, outputLength: number) => Uint8Array }> {
  const { zstdDecompressSync } = await import('node:zlib')
  return { ZSTD: (input) => new Uint8Array(zstdDecompressSync(input)) }
}
