/** A new version of DuckDB brings new functions, and each of them must be judged before queries may call it. */
import { DuckDBInstance } from '@duckdb/node-api'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { whyDenied } from '../../src/reader/denied-functions.ts'

/** All that a query can call outside of FROM; table functions are refused but for those that are allowed by name. Collations are one function with many names. */
const callable = `SELECT DISTINCT function_name FROM duckdb_functions()
  WHERE function_type NOT IN ('table', 'table_macro', 'pragma') AND NOT starts_with(function_name, 'icu_collate_') ORDER BY 1`

test('every function of the DuckDB in use is either denied or was judged harmless', async () => {
  const judged = new Set((await readFile(join(import.meta.dirname, 'judged-functions.txt'), 'utf8')).split(/\s+/))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const names = (await connection.runAndReadAll(callable)).getRowsJson().map(([name]) => String(name))
  expect(names.length).toBeGreaterThan(500)
  expect(names.filter((name) => whyDenied(name) === null && !judged.has(name))).toEqual([])
})
