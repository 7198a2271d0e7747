import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseSelect } from './one-select.ts'

let connection: DuckDBConnection
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
})
afterAll(() => connection.closeSync())

async function valuesOf(sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRowsJson()
}

/** Texts of one statement, each with a value that says what was read. */
const statements = [
  'SELECT 7 AS x',
  "SELECT ';' AS x",
  'SELECT $$;--$$ AS x',
  'SELECT 1 AS ";x"',
  'WITH a AS (SELECT 3) FROM a',
  "VALUES (';')",
  'FROM range(2)',
  "SELECT 'a' -- ;\n || ';' /* ; ) */ AS x",
]
const endings = fc.array(fc.constantFrom(';', ' ', '\n', '-- c\n', '-- ; )\n', '/* x; ) */', '/* /* nested; */ */', '--\r\n'), {
  maxLength: 6,
})

test('a statement may stand between brackets whatever stands after it, and is still the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...statements),
      endings,
      fc.constantFrom('', ';', '-- end', '-- end;'),
      async (statement, ending, last) => {
        const text = statement + ending.join('') + last
        const { sql } = await parseSelect(connection, text)
        expect(await valuesOf(`SELECT * FROM (\n${sql}\n)`)).toEqual(await valuesOf(statement))
        expect(sql.length).toBe(text.length)
      },
    ),
    { numRuns: 300 },
  )
})

test('no text closes the bracket that it is put into', async () => {
  const pieces = fc.constantFrom(
    'SELECT 1',
    ')',
    '(',
    ';',
    '--',
    '/*',
    '*/',
    "'",
    '"',
    '$$',
    '\n',
    ' UNION ALL ',
    'SELECT * FROM (',
    ' x ',
    '*',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 8 }), async (parts) => {
      const parsed = await parseSelect(connection, parts.join('')).catch(() => null)
      const statementCount = parsed?.parsed === undefined ? 0 : Reflect.get(Object(parsed.parsed), 'statements').length
      if (!parsed || statementCount !== 1 || (await valuesOf(parsed.sql).catch(() => null)) === null) return
      // Were the bracket closed by the text, the guard after it would be part of another statement, or of none.
      const guarded = await valuesOf(`SELECT count(*) FROM (SELECT 'guard' FROM (\n${parsed.sql}\n) LIMIT 0)`)
      expect(guarded).toEqual([['0']])
    }),
    { numRuns: 500 },
  )
})

describe('a text is refused', () => {
  test.each([
    ['with its place', 'SELECT *\nFORM x y', 'SQL_SYNTAX', { line: 2, column: 6 }],
    ['with its place in characters, not bytes', "SELECT 'é😀',\n 'ü' x y z", 'SQL_SYNTAX', { line: 2, column: 8 }],
    ['that ends too early', 'SELECT (1', 'SQL_SYNTAX', { line: 1, column: 10 }],
    ['with an open quote', "SELECT 'abc", 'SQL_SYNTAX', { line: 1, column: 8 }],
    ['that is another statement', 'DELETE FROM x', 'SQL_NOT_ONE_SELECT', {}],
    ['whose columns depend on its data', 'SELECT * FROM (PIVOT x ON y)', 'SQL_NOT_ALLOWED', {}],
    ['with both kinds of parameters', 'SELECT $a, ?', 'PARAMETER_INVALID', {}],
    ['with a NUL', 'SELECT 1\0', 'SQL_NOT_ALLOWED', {}],
  ])('%s', async (_, sql, code, place) => {
    await expect(parseSelect(connection, sql)).rejects.toMatchObject({ code, ...place })
  })
})
