import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import type { ColumnInfo } from '../contract/database.ts'
import type { MappingEntry } from '../contract/objects.ts'
import { parseDatePattern } from './date-pattern.ts'
import { mappingSelect } from './mapping-sql.ts'

const connection = await (await DuckDBInstance.create(':memory:')).connect()
await connection.run("SET TimeZone = 'Asia/Tokyo'")

async function columnsOf(sql: string): Promise<ColumnInfo[]> {
  return (await connection.runAndReadAll(`DESCRIBE ${sql}`))
    .getRowsJson()
    .map(([name, type]) => ({ name: String(name), type: String(type) }))
}

/** Output columns of a mapping with their types, the rows as text, and how many rows each check rejects. */
async function map(
  source: string,
  mapping: readonly MappingEntry[] | null,
): Promise<{ columns: ColumnInfo[]; rows: unknown[][]; failed: number[] }> {
  const { checks, checkedSelect, select } = mappingSelect({ source, columns: await columnsOf(source), mapping })
  const columns = await columnsOf(select)
  const text = columns.map((_, index) => `CAST("c${index}" AS VARCHAR)`).join(', ')
  const rows = (
    await connection.runAndReadAll(`SELECT ${text} FROM (${select}) t(${columns.map((_, index) => `"c${index}"`).join(', ')})`)
  ).getRows()
  const checked = (await connection.runAndReadAll(checkedSelect)).getRows()
  return { columns, rows, failed: checks.map((_, index) => checked.filter((row) => row[columns.length + index] === true).length) }
}

/** The only output of one value. */
async function one(value: string, entry: { cast?: string; format?: string }): Promise<unknown> {
  const { failed, rows } = await map(`SELECT ${value} AS v`, [{ from: 'v', ...entry }])
  return failed.some((count) => count > 0) ? 'rejected' : rows[0]?.[0]
}

const invalid = (detail: RegExp): unknown => expect.objectContaining({ code: 'MAPPING_INVALID', detail: expect.stringMatching(detail) })

describe('mappingSelect', () => {
  it('renames, orders, leaves out, and adds typed constants', async () => {
    const { columns, rows } = await map("SELECT 7 AS id, 'x@y' AS email, 3 AS unused -- a comment", [
      { from: 'email', to: 'EMAIL' },
      { from: 'id' },
      { value: 'O\'Brien "$1"', to: 'a "quoted" name' },
      { value: 2.5, to: 'number' },
      { value: true, to: 'flag' },
      { value: null, to: 'nothing' },
    ])
    expect(columns.map((column) => column.name)).toEqual(['EMAIL', 'id', 'a "quoted" name', 'number', 'flag', 'nothing'])
    expect(columns.map((column) => column.type)).toEqual(['VARCHAR', 'INTEGER', 'VARCHAR', 'DECIMAL(2,1)', 'BOOLEAN', 'VARCHAR'])
    expect(rows).toEqual([['x@y', '7', 'O\'Brien "$1"', '2.5', 'true', null]])
  })

  it('gives all columns where there is no mapping', async () => {
    expect(await map('SELECT 1 AS a, \'x\' AS "b c"', null)).toMatchObject({
      columns: [
        { name: 'a', type: 'INTEGER' },
        { name: 'b c', type: 'VARCHAR' },
      ],
      rows: [['1', 'x']],
    })
  })

  it('finds columns by their exact name first, then without case', async () => {
    const source = 'SELECT 1 AS id, 2 AS "ID", 3 AS "Email"'
    expect((await map(source, [{ from: 'ID' }, { from: 'id', to: 'x' }, { from: 'EMAIL' }])).rows).toEqual([['2', '1', '3']])
    await expect(map(source, [{ from: 'Id' }])).rejects.toThrow(invalid(/"Id".* 2 of that name/))
    await expect(map('SELECT 1 AS a, 2 AS a', [{ from: 'a' }])).rejects.toThrow(invalid(/"a".* 2 of that name/))
  })

  it('refuses unknown columns with the nearest one, and names that a file cannot tell apart', async () => {
    await expect(map('SELECT 1 AS email', [{ from: 'emial' }])).rejects.toThrow(invalid(/"emial".*did you mean "email"\?/))
    await expect(map('SELECT 1 AS email', [{ from: 'qqqqqq' }])).rejects.toThrow(invalid(/"qqqqqq".*there are "email"/))
    await expect(
      map('SELECT 1 AS a', [
        { from: 'a', to: 'X' },
        { value: 1, to: 'x' },
      ]),
    ).rejects.toThrow(invalid(/"X" and "x"/))
    await expect(map('SELECT 1 AS a, 2 AS "A"', null)).rejects.toThrow(invalid(/"a" and "A"/))
  })

  it('refuses constants that are no longer exact', async () => {
    await expect(map('SELECT 1 AS a', [{ value: 2 ** 53, to: 'x' }])).rejects.toThrow(invalid(/9007199254740992 of column "x"/))
  })

  it.each([
    ["'12'", 'integer', '12'],
    ["' +7 '", 'bigint', '7'],
    ["'12.00'", 'integer', '12'],
    ["'1.5'", 'integer', 'rejected'],
    ["'x'", 'integer', 'rejected'],
    ["''", 'integer', 'rejected'],
    ["'99999999999'", 'integer', 'rejected'],
    ['1.5::DECIMAL(3,1)', 'integer', 'rejected'],
    ['2.0::DECIMAL(3,1)', 'integer', '2'],
    ['2.0::DOUBLE', 'integer', '2'],
    ['2.5::DOUBLE', 'integer', 'rejected'],
    ['1.555::DECIMAL(5,3)', 'decimal(4,2)', 'rejected'],
    ['1.550::DECIMAL(5,3)', 'decimal(4,2)', '1.55'],
    ["'1.555'", 'decimal(4,2)', 'rejected'],
    ["'1.5500'", 'decimal(4,2)', '1.55'],
    ["'.5'", 'DECIMAL( 4 , 2 )', '0.50'],
    ["'123.45'", 'decimal(4,2)', 'rejected'],
    ['1.005::DOUBLE', 'decimal(9,2)', '1.01'],
    ["'nan'::DOUBLE", 'decimal(9,2)', 'rejected'],
    ["'0.1'", 'double', '0.1'],
    ["'yes'", 'boolean', 'true'],
    ["'2024-02-30'", 'date', 'rejected'],
    ["'2024-02-29'", 'date', '2024-02-29'],
    ["TIMESTAMPTZ '2024-01-01 23:30:00+00'", 'date', '2024-01-01'],
    ["TIMESTAMPTZ '2024-01-01 23:30:00+00'", 'timestamp', '2024-01-01 23:30:00'],
    ["TIMESTAMPTZ '2024-01-01 23:30:00.5+00'", 'text', '2024-01-01T23:30:00.5Z'],
    ["TIMESTAMP '2024-01-01 23:30:00'", 'text', '2024-01-01T23:30:00'],
    ["'\\xAA'::BLOB", 'text', 'qg=='],
    ['[1, 2]', 'text', '[1,2]'],
    ['NULL::VARCHAR', 'integer', null],
    ['12345678901234567890123456789012345678::HUGEINT', 'decimal(38,0)', '12345678901234567890123456789012345678'],
    ['12345678901234567890123456789012345678::DECIMAL(38,0)', 'decimal(38,10)', 'rejected'],
    ['123456789.123456789::DECIMAL(38,10)', 'decimal(38,9)', '123456789.123456789'],
  ])('casts %s to %s: %s; nothing is cut or rounded in silence', async (value, cast, expected) => {
    expect(await one(value, { cast })).toBe(expected)
  })

  it('refuses casts that it does not know, naming column and cast', async () => {
    await expect(one('1', { cast: 'intger' })).rejects.toThrow(invalid(/column "v" \(INTEGER\).*"intger".*Did you mean "integer"\?/))
    for (const cast of ['decimal(39,0)', 'decimal(2,3)', 'integer); DROP TABLE t; --', 'constructor'])
      await expect(one('1', { cast })).rejects.toThrow(invalid(/column "v"/))
  })

  it.each([
    ['1234567.891', '0.00', '1234567.89'],
    ['1234567.891', '0,00', '1234567,89'],
    ['1234567.891', '#,##0.00', '1,234,567.89'],
    ['1234567.891', '#.##0,00', '1.234.567,89'],
    ['1234567', "#'##0", "1'234'567"],
    ['-1234.5', '#,##0.00', '-1,234.50'],
    ['999', '#,##0', '999'],
    ['1000', '#,##0', '1,000'],
    ['0', '#,##0.0', '0.0'],
    ['-0.004', '0,00', '0,00'],
    ['-0.005', '0,00', '-0,01'],
    ['42', '0000', '0042'],
    ['-42', '0000', '-0042'],
    ['123456', '0000', '123456'],
    ['1.005::DOUBLE', '0.00', '1.01'],
    ['1e30::DOUBLE', '#,##0', '1,000,000,000,000,000,000,000,000,000,000'],
    ["'nan'::DOUBLE", '0.00', 'rejected'],
    ['1e40::DOUBLE', '0', 'rejected'],
    ['99999999999999999999999999999999999999::HUGEINT', '#,##0', '99,999,999,999,999,999,999,999,999,999,999,999,999'],
    ['NULL::INTEGER', '#,##0', null],
    ["DATE '2024-03-05'", 'dd.MM.yyyy', '05.03.2024'],
    ["DATE '2024-03-05'", "EEE d MMM yy 'o''clock' 100%", "Tue 5 Mar 24 o'clock 100%"],
    ["TIMESTAMP '2024-03-05 15:04:05.678'", 'yyyyMMddHHmmssSSS', '20240305150405678'],
    ["TIMESTAMP '2024-03-05 15:04:05'", 'h:mm a', '3:04 PM'],
    ["TIMESTAMPTZ '2024-03-05 23:30:00+00'", 'yyyy-MM-dd HH:mm', '2024-03-05 23:30'],
    ["TIMESTAMPTZ '2024-07-05 23:30:00+00'", 'yyyy-MM-dd HH:mm | Europe/Berlin', '2024-07-06 01:30'],
    ["TIMESTAMP '2024-07-05 23:30:00'", 'yyyy-MM-dd HH:mm|America/New_York', '2024-07-05 19:30'],
    ["'infinity'::TIMESTAMP", 'yyyy', 'rejected'],
    ['NULL::DATE', 'yyyy', null],
    ['true', 'Y/N', 'Y'],
    ['false', 'yes/no', 'no'],
    ['NULL::BOOLEAN', 'Y/N', null],
  ])('formats %s as %s: %s', async (value, format, expected) => {
    expect(await one(value, { format })).toBe(expected)
  })

  it('leaves a number where the format is a plain one, so that JSON and Parquet know it', async () => {
    expect((await map('SELECT 1.5 AS v', [{ from: 'v', format: '0.00' }])).columns).toEqual([{ name: 'v', type: 'DECIMAL(38,2)' }])
    expect((await map('SELECT 1.5 AS v', [{ from: 'v', format: '0,00' }])).columns).toEqual([{ name: 'v', type: 'VARCHAR' }])
  })

  it('casts before it formats, and rejects what fails either', async () => {
    const { rows, failed } = await map("SELECT unnest(['5.5', 'x', '2', NULL]) AS v", [{ from: 'v', cast: 'decimal(9,2)', format: '0,0' }])
    expect(rows.map(([value]) => value)).toEqual(['5,5', null, '2,0', null])
    expect(failed).toEqual([1])
  })

  it.each([
    ["'x'", '0.00', /give the column a `cast` first/],
    ['1', 'yyyy', /number format "yyyy"/],
    ['1', '#,##0,00', /number format/],
    ["DATE '2024-01-01'", 'yyyy-ww', /"ww"/],
    ["DATE '2024-01-01'", 'yyyy|Europe/Berlin', /no time zone/],
    ["TIMESTAMP '2024-01-01'", "HH|Mars/Base', 'x", /time zone/],
    ['true', 'Y', /boolean/],
  ])('refuses the format of %s as %s, naming column and format', async (value, format, detail) => {
    await expect(one(value, { format })).rejects.toThrow(invalid(/column "v"/))
    await expect(one(value, { format })).rejects.toThrow(invalid(detail))
  })
})

describe('parseDatePattern', () => {
  it('reads old fields as what they meant, and refuses what it does not know', () => {
    expect(parseDatePattern('YYYY-DD')).toMatchObject({ warnings: [expect.stringContaining('yyyy'), expect.stringContaining('dd')] })
    expect(parseDatePattern("yyyy 'open")).toContain('not closed')
    expect(parseDatePattern('yyyyy')).toContain('"yyyyy"')
    expect(parseDatePattern('constructor')).toContain('not known')
  })
})
