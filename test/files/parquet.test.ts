import { parquetMetadata, parquetReadObjects, type FileMetaData } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { fileRenderer, type RenderedFile } from '../helpers/render-file.ts'

const files = fileRenderer()
const parquet = { format: 'parquet' }

function arrayBuffer({ bytes }: RenderedFile): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
}

async function read(file: RenderedFile, metadata?: FileMetaData): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: arrayBuffer(file), utf8: false, ...(metadata && { metadata }) })
}

/** Decimals as whole numbers: the bytes that they are stored in, big end first. */
async function readUnscaled(file: RenderedFile): Promise<Record<string, bigint | null>[]> {
  const metadata = parquetMetadata(arrayBuffer(file))
  for (const element of metadata.schema) {
    delete element.converted_type
    delete element.logical_type
  }
  const rows = await read(file, metadata)
  const whole = (value: unknown): bigint | null =>
    value instanceof Uint8Array ? BigInt.asIntN(128, BigInt(`0x${Buffer.from(value).toString('hex')}`)) : null
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, whole(value)])))
}

describe('Parquet files', () => {
  it('read back with their types by another reader', async () => {
    const file = await files.render(
      `SELECT 9007199254740993 AS i, 'O''Brien' AS s, NULL::VARCHAR AS n, true AS b, DATE '2024-01-02' AS d, TIMESTAMPTZ '2024-01-02 03:04:05.123+02' AS tz,
        [1, NULL] AS l, {'a': 1, 'b': 'x'} AS st, '\\xAA'::BLOB AS bl, 0.1 + 0.2::DOUBLE AS f`,
      parquet,
    )
    expect(await read(file)).toEqual([
      {
        i: 9007199254740993n,
        s: "O'Brien",
        n: null,
        b: true,
        d: new Date('2024-01-02'),
        tz: new Date('2024-01-02T01:04:05.123Z'),
        l: [1, null],
        st: { a: 1, b: 'x' },
        bl: Uint8Array.of(0xaa),
        f: 0.1 + 0.2,
      },
    ])
  })

  it('hold integers of 128 bits exactly, and reject those that do not fit', async () => {
    const most = 10n ** 38n - 1n
    const values = [most, -most, 2n ** 53n + 1n, most + 1n, -(2n ** 127n)]
    const rows = values.map((value, index) => `(${index}, '${value}'::HUGEINT)`)
    const file = await files.render(`SELECT v FROM (VALUES ${rows.join(', ')}, (9, NULL)) t(n, v) ORDER BY n`, parquet)
    expect((await readUnscaled(file)).map((row) => row['v'])).toEqual([most, -most, 2n ** 53n + 1n, null])
    expect(file.rejects).toEqual([{ code: 'VALUE_NOT_EXPRESSIBLE', column: 'v', rows: 2 }])
    const unsigned = await files.render(`SELECT v FROM (VALUES ('${most}'::UHUGEINT), ('${2n ** 128n - 1n}')) t(v)`, parquet)
    expect((await readUnscaled(unsigned)).map((row) => row['v'])).toEqual([most])
    const nested = await files.render(`SELECT v FROM (VALUES (['${most}'::HUGEINT]), (['${most + 1n}'::HUGEINT, 1])) t(v)`, parquet)
    expect(nested).toMatchObject({ rows: 1, rejects: [{ column: 'v', rows: 1 }] })
    expect(parquetMetadata(arrayBuffer(nested)).schema.at(-1)).toMatchObject({ converted_type: 'DECIMAL', precision: 38, scale: 0 })
  })

  it('reject infinite dates and timestamps, which other readers take for dates, at any depth', async () => {
    const { rows, rejects } = await files.render(
      `SELECT * FROM (VALUES ('2024-01-01'::DATE, NULL::TIMESTAMP, NULL::TIMESTAMPTZ[], NULL::TIMESTAMP_NS), ('infinity', NULL, NULL, NULL), (NULL, '-infinity', NULL, NULL),
        (NULL, NULL, ['infinity'::TIMESTAMPTZ], NULL), (NULL, NULL, NULL, 'infinity')) t(d, t, l, ns)`,
      parquet,
    )
    expect(rows).toBe(1)
    expect(rejects.map((reject) => reject.column)).toEqual(['d', 't', 'l', 'ns'])
  })

  it('hold as text what Parquet has no common type for', async () => {
    const file = await files.render(
      `SELECT INTERVAL '1 month 00:00:00.123456' AS i, '101'::BIT AS b, union_value(num := 2)::UNION(num INTEGER, str VARCHAR) AS u, {'a': 1}::VARIANT AS v, [INTERVAL 1 DAY] AS l, ROW(1, 'x') AS r,
        '123456789012345678901234567890123456789012345'::BIGNUM AS big`,
      parquet,
    )
    expect(await read(file)).toEqual([
      {
        i: '1 month 00:00:00.123456',
        b: '101',
        u: '{"num":2}',
        v: '{"a":1}',
        l: ['1 day'],
        r: '[1,"x"]',
        big: '123456789012345678901234567890123456789012345',
      },
    ])
  })

  it('have their columns where there is no row', async () => {
    const file = await files.render('SELECT 1 AS n, NULL::TIMESTAMP AS t WHERE false', parquet)
    expect(await read(file)).toEqual([])
    expect(
      parquetMetadata(arrayBuffer(file))
        .schema.map((element) => element.name)
        .slice(1),
    ).toEqual(['n', 't'])
  })
})
