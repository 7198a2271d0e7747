import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DuckDBConnection } from '@duckdb/node-api'
import { sqlName } from '../../contract/sql-text.ts'
import { viewSelect } from './view-definition.ts'

let connection: DuckDBConnection
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
})
afterAll(() => connection.closeSync())

async function definitionOf(schema: string, name: string, columns: readonly string[]): Promise<string | null> {
  const list = columns.length === 0 ? '' : `(${columns.map(sqlName).join(', ')})`
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${sqlName(schema)}`)
  await connection.run(
    `CREATE OR REPLACE VIEW ${sqlName(schema)}.${sqlName(name)} ${list} AS SELECT 42${columns
      .slice(1)
      .map(() => ', 0')
      .join('')}`,
  )
  const found = await connection.runAndReadAll(
    'SELECT sql FROM duckdb_views() WHERE schema_name = $1 AND view_name = $2 AND NOT internal',
    [schema, name],
  )
  return viewSelect({ schema, name, sql: String(found.getRowsJson()[0]?.[0]) })
}

test.each([
  ['main', 'plain', []],
  ['sales', 'plain', ['a', 'b c']],
  ['main', 'x AS SELECT 1 --', []],
  ['main', 'x', ['y) AS SELECT 1 --']],
  ['main', 'x" AS SELECT 1 --', ['"', '""']],
  ['a.b', 'select', ['select']],
  ['main', 'Größe', ['ä']],
] as const)('cuts the SELECT out of a view %s.%s', async (schema, name, columns) => {
  expect(await definitionOf(schema, name, columns)).toMatch(/^SELECT 42/)
})

const nastyName = fc.stringMatching(/^[a-zA-Z0-9_ "().,;'\-*/]{1,12}$/)

test('never takes a part of a name for the SELECT', async () => {
  await fc.assert(
    fc.asyncProperty(
      nastyName,
      nastyName,
      fc.uniqueArray(nastyName, { maxLength: 2, selector: (name) => name.toLowerCase() }),
      async (schema, name, columns) => {
        const definition = await definitionOf(schema, name, columns)
        expect(definition === null || definition.startsWith('SELECT 42')).toBe(true)
      },
    ),
    { numRuns: 150 },
  )
})

test('gives up on a text that does not start as expected', () => {
  expect(viewSelect({ schema: 'main', name: 'x', sql: 'CREATE VIEW y AS SELECT 1;' })).toBeNull()
  expect(viewSelect({ schema: 'main', name: 'x', sql: 'CREATE TEMP VIEW x AS SELECT 1;' })).toBeNull()
})
