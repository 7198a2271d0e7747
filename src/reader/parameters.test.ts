import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ParameterType, ParameterValue } from '../contract/objects.ts'
import { bindParameters } from './parameters.ts'

let connection: DuckDBConnection
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run("SET TimeZone = 'UTC'")
})
afterAll(() => connection.closeSync())

/** What DuckDB makes of a value: its type and its text. */
async function seen(type: ParameterType, value: ParameterValue): Promise<unknown[] | undefined> {
  const { values, types } = bindParameters(['p'], { declarations: { p: { type, default: null } }, values: { p: value } })
  return (await connection.runAndReadAll('SELECT typeof(p), p::VARCHAR FROM (SELECT $p AS p)', values, types)).getRowsJson()[0]
}

test.each([
  ['text', "x'); DROP TABLE y; --", ['VARCHAR', "x'); DROP TABLE y; --"]],
  ['text', '', ['VARCHAR', '']],
  ['text', 'é😀', ['VARCHAR', 'é😀']],
  ['text', 5, ['VARCHAR', '5']],
  ['integer', '9223372036854775807', ['BIGINT', '9223372036854775807']],
  ['integer', '9223372036854775808', ['HUGEINT', '9223372036854775808']],
  ['integer', -3, ['BIGINT', '-3']],
  ['decimal', '12345678901234567890.10', ['DECIMAL(22,2)', '12345678901234567890.10']],
  ['decimal', '-0.05', ['DECIMAL(3,2)', '-0.05']],
  ['decimal', 7, ['DECIMAL(1,0)', '7']],
  ['double', '1.5e3', ['DOUBLE', '1500.0']],
  ['boolean', true, ['BOOLEAN', 'true']],
  ['boolean', 'false', ['BOOLEAN', 'false']],
  ['date', '2024-02-29', ['DATE', '2024-02-29']],
  ['date', '0001-01-01', ['DATE', '0001-01-01']],
  ['timestamp', '2026-11-23T08:30:00Z', ['TIMESTAMP', '2026-11-23 08:30:00']],
  ['timestamp', '2026-11-23T08:30:00.123456+02:00', ['TIMESTAMP', '2026-11-23 06:30:00.123456']],
  ['timestamp', '1969-12-31T23:59:59.999999Z', ['TIMESTAMP', '1969-12-31 23:59:59.999999']],
  ['timestamp', '2026-11-23', ['TIMESTAMP', '2026-11-23 00:00:00']],
] as const)('a %s %j arrives exactly', async (type, value, expected) => {
  expect(await seen(type, value)).toEqual(expected)
})

test('every whole number and every text arrives exactly', async () => {
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !one.includes('\0'))
  await fc.assert(
    fc.asyncProperty(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), text, async (number, words) => {
      expect((await seen('integer', String(number)))?.[1]).toBe(String(number))
      expect((await seen('text', words))?.[1]).toBe(words)
    }),
    { numRuns: 100 },
  )
})

test('every decimal keeps its digits', async () => {
  const digits = fc.stringMatching(/^[1-9]\d{0,17}\.\d{1,18}$/)
  await fc.assert(
    fc.asyncProperty(digits, async (decimal) => {
      expect((await seen('decimal', decimal))?.[1]).toBe(decimal)
    }),
    { numRuns: 100 },
  )
})

describe('a value is refused', () => {
  test.each([
    ['text', 'a\0b'],
    ['text', '\uD800'],
    ['integer', '1.5'],
    ['integer', 1e21],
    ['integer', ''],
    ['integer', '1'.repeat(39)],
    ['decimal', '1e5'],
    ['decimal', '.'],
    ['decimal', '1'.repeat(39)],
    ['double', 'NaN'],
    ['double', 'x'],
    ['boolean', 1],
    ['boolean', 'TRUE'],
    ['date', '2024-02-30'],
    ['date', '24-02-03'],
    ['date', '2024-02-03T00:00:00Z'],
    ['timestamp', '2024-02-30T00:00:00Z'],
    ['timestamp', '2024-02-03T25:00:00Z'],
    ['timestamp', '2024-02-03T24:00:00Z'],
    ['timestamp', '2024-02-03T10:00:00+99:00'],
    ['timestamp', 'yesterday'],
  ] as const)('as %s: %j', async (type, value) => {
    await expect(seen(type, value)).rejects.toMatchObject({ code: 'PARAMETER_INVALID', detail: expect.stringContaining('$p') })
  })
})

describe('names', () => {
  const declarations = { country: { type: 'text', default: 'Brazil' }, since: { type: 'date', default: null } } as const

  test('are compared without regard to case, as the engine does', () => {
    expect(bindParameters(['Country'], { declarations, values: { COUNTRY: 'x' } }).values).toEqual({ Country: 'x' })
  })

  test('without a value get the default', () => {
    expect(bindParameters(['country'], { declarations, values: {} }).values).toEqual({ country: 'Brazil' })
  })

  test('may be given NULL', () => {
    expect(bindParameters(['since'], { declarations, values: { since: null } })).toEqual({ values: { since: null }, types: {} })
  })

  test('that the engine knows by itself are timestamps', () => {
    const { values, types } = bindParameters(['run_started_at', 'last_success_at'], {
      declarations: {},
      values: { run_started_at: '2026-11-23T08:30:00Z', last_success_at: null },
    })
    expect([String(types['run_started_at']), String(values['run_started_at']), values['last_success_at']]).toEqual([
      'TIMESTAMP',
      '2026-11-23 08:30:00',
      null,
    ])
  })

  test.each([
    ['that are not declared', ['contry'], {}, 'The parameter $contry is not declared. Did you mean "country"?'],
    ['that have no value', ['since'], {}, 'The parameter $since has no value.'],
    ['that are numbers', ['1'], {}, 'Parameters are named: write $name instead of ? or $1.'],
    ['of values that nobody declared', [], { cuntry: 'x' }, 'The parameter $cuntry is not declared. Did you mean "country"?'],
  ])('%s are refused', (_, used, values, detail) => {
    expect(() => bindParameters(used, { declarations, values })).toThrow(expect.objectContaining({ code: 'PARAMETER_INVALID', detail }))
  })
})
