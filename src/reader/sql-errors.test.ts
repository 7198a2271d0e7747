import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placeOfByte, placeOfCodePoint } from './positions.ts'
import { sqlError } from './sql-errors.ts'

const engineError = (fields: Readonly<Record<string, string>>): Error => new Error(JSON.stringify(fields))
const errorFor = (type: string, message: string, phase: 'prepare' | 'run' = 'run') =>
  sqlError(engineError({ exception_type: type, exception_message: message }), phase, null)

test.each([
  [
    'Out of Memory',
    'failed to allocate data of size 16.0 MiB\n\nPossible solutions:\n* SET memory_limit',
    'QUERY_MEMORY',
    'failed to allocate data of size 16.0 MiB.',
  ],
  [
    'IO',
    'Could not write file "/x/y.tmp": No space left on device',
    'DISK_FULL',
    'Could not write file "/x/y.tmp": No space left on device.',
  ],
  ['Conversion', "Could not convert string 'x' to INT32", 'SQL_FAILED', "Could not convert string 'x' to INT32."],
  ['Invalid Input', 'std::bad_alloc', 'QUERY_MEMORY', 'std::bad_alloc.'],
  ['Permission', 'Cannot access file "/etc/passwd"', 'SQL_NOT_ALLOWED', 'The query reaches for something outside of the database.'],
  ['INTERNAL', 'Assertion failed\n#1 0x1234 in duckdb::foo', 'SQL_FAILED', 'The database engine met an error of its own.'],
])('an error of type %s: %s', (type, message, code, detail) => {
  expect(errorFor(type, message)).toMatchObject({ code, detail })
})

test('an error before the statement runs is the fault of the SQL', () => {
  expect(errorFor('Binder', 'Referenced column "x" not found in FROM clause!\nCandidate bindings: "a"', 'prepare')).toMatchObject({
    code: 'SQL_INVALID',
    detail: 'Referenced column "x" not found in FROM clause! Candidate bindings: "a".',
  })
})

describe('the place of an error', () => {
  const sql = "SELECT 'é',\n  nope"
  const error = (position: number) => engineError({ exception_type: 'Binder', exception_message: 'no', position: String(position) })
  const offset = Buffer.byteLength("SELECT 'é',\n  ")

  test('is the place in the text of the person, wherever that stands in the statement', () => {
    expect(sqlError(error(offset), 'prepare', { sql, before: 0 })).toMatchObject({ line: 2, column: 3, detail: 'Line 2, column 3: no.' })
    expect(sqlError(error(offset + 25), 'prepare', { sql, before: 25 })).toMatchObject({ line: 2, column: 3 })
  })

  test('is left out where it is not in that text', () => {
    expect(sqlError(error(3), 'prepare', { sql, before: 25 })).toMatchObject({ line: undefined, detail: 'no.' })
    expect(sqlError(error(500), 'prepare', { sql, before: 25 })).toMatchObject({ line: undefined })
    expect(sqlError(error(3), 'prepare', null)).toMatchObject({ line: undefined })
  })
})

test('a place counted in bytes and one counted in characters are the same place', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', '\r\n', ' ') }), fc.nat(), (text, at) => {
      const points = [...text]
      const index = at % (points.length + 1)
      expect(placeOfByte(text, Buffer.byteLength(points.slice(0, index).join('')))).toEqual(placeOfCodePoint(text, index))
    }),
  )
})

test('a message of any length stays short', () => {
  expect(errorFor('Invalid Input', 'x'.repeat(50_000)).detail.length).toBeLessThan(1100)
})
