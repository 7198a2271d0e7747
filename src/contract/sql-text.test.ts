import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isoTimestamp } from './sql-text.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
  await connection.run("SET TimeZone = 'Asia/Kathmandu'")
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

async function texts(type: string, values: readonly string[]): Promise<unknown[]> {
  const literals = values.map((value) => `CAST(${value} AS ${type})`)
  const reader = await connection.runAndReadAll(`SELECT ${isoTimestamp(type, 't')} FROM (SELECT unnest([${literals.join(', ')}]) AS t)`)
  return reader.getRowsJson().map(([text]) => text)
}

/** An independent print: by the calendar of JavaScript, which is the proleptic Gregorian one too. */
function expected(micros: bigint, zone: '' | 'Z'): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19)
  return `${seconds}${fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`}${zone}`
}

const firstMicros = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n
const lastMicros = BigInt(Date.parse('9999-12-31T23:59:59Z')) * 1000n + 999_999n

test('timestamps and instants of four-digit years print as ISO 8601 to the microsecond, instants in UTC whatever the session says', async () => {
  const fractions = fc.constantFrom(0n, 1n, 10n, 500_000n, 999_999n)
  const moments = fc.oneof(
    fc.bigInt(firstMicros, lastMicros),
    fc
      .tuple(fc.bigInt(firstMicros / 1_000_000n, lastMicros / 1_000_000n - 1n), fractions)
      .map(([seconds, more]) => seconds * 1_000_000n + more),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(moments, { minLength: 1, maxLength: 200 }), async (micros) => {
      expect(
        await texts(
          'TIMESTAMP',
          micros.map((value) => `make_timestamp(${value})`),
        ),
      ).toEqual(micros.map((value) => expected(value, '')))
      const instants = micros.map((value) => `make_timestamptz(${value})`)
      expect(await texts('TIMESTAMP WITH TIME ZONE', instants)).toEqual(micros.map((value) => expected(value, 'Z')))
    }),
    { numRuns: 40 },
  )
})

test.each([
  ['TIMESTAMP', ''],
  ['TIMESTAMP WITH TIME ZONE', 'Z'],
])('%s: what has no four-digit year, is infinite or NULL prints as itself', async (type, zone) => {
  const zoneOf = zone === 'Z' ? '+00' : ''
  const values = [`'infinity'`, `'-infinity'`, 'NULL', `'0044-03-15 (BC) 10:00:00${zoneOf}'`, `'12345-01-02 03:04:05.5${zoneOf}'`]
  expect(await texts(type, values)).toEqual(['infinity', '-infinity', null, `-43-03-15T10:00:00${zone}`, `12345-01-02T03:04:05.5${zone}`])
})
