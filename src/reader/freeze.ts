import { parseColumnType } from '../contract/column-type.ts'
import type { ColumnInfo, OpenDatabase } from '../contract/database.ts'
import { SegueError } from '../contract/errors.ts'
import type { RowCheck } from '../contract/files.ts'
import { nearest } from '../contract/nearest.ts'
import { frozenGroupRows, type FreezeRequest, type FreezeResult, type RenderProgress } from '../contract/reader.ts'
import { sqlText } from '../contract/sql-text.ts'
import { jsonKey, jsonObject, unsayable } from '../files/json-object.ts'
import type { RowColumn } from '../files/rendering.ts'
import { withProgress } from './progress.ts'
import { prepareOutput, runStatement } from './run-select.ts'

/**
 * Row groups are what a range of rows is read back by: the larger ones of DuckDB's default made windows of 100,000 rows a quarter slower
 * (measured). Those of large rows end sooner, as a group is in memory until it is written: 200,000 rows of 10 kB did not fit into 1 GB (measured).
 * Ordinals are not stored: a row number that is made while rows are written halves the speed, as it allows one thread only (measured).
 */
const parquetOptions = [
  'FORMAT parquet',
  'COMPRESSION snappy',
  `ROW_GROUP_SIZE ${frozenGroupRows}`,
  "ROW_GROUP_SIZE_BYTES '32MB'",
  'USE_TMP_FILE false',
]

/** Keeps the rows of a source as JSON objects, in one pass (`ReaderSession.freeze`). */
export async function freeze(
  database: OpenDatabase,
  request: FreezeRequest,
  onProgress: (progress: RenderProgress) => void,
): Promise<FreezeResult> {
  const { source, mapped, columns } = await prepareOutput(database, request)
  const statement = freezeStatement({ ...request, select: mapped.explainedSelect, columns, checks: mapped.checks })
  return withProgress(database.connection, onProgress, async () => {
    const { rowsChanged } = await runStatement(database, statement, source)
    return { rows: rowsChanged, columns }
  })
}

/** `select` gives the columns, a BOOLEAN for each check, and a VARCHAR for each check. Throws MAPPING_INVALID for a key column that is not there. */
export function freezeStatement({
  select,
  columns,
  checks,
  key,
  output,
  limit,
}: {
  readonly select: string
  readonly columns: readonly ColumnInfo[]
  readonly checks: readonly RowCheck[]
  readonly key: readonly string[] | null
  readonly output: string
  readonly limit: number | null
}): string {
  const row = columns.map((column, index): RowColumn => ({
    name: column.name,
    type: parseColumnType(column.type),
    value: `"row"."c${index}"`,
  }))
  const failures = [
    ...checks.map(({ column, code }, index) => ({ column, code, fails: `"row"."check${index}"`, value: `"row"."value${index}"` })),
    ...row.flatMap((column) => {
      const fails = unsayable(column)
      const value = `left(CAST(${column.value} AS VARCHAR), 200)`
      return fails === null ? [] : [{ column: column.name, code: 'VALUE_NOT_EXPRESSIBLE' as const, fails, value }]
    }),
  ]
  const firstFailure = (pick: (failure: (typeof failures)[number]) => string): string =>
    failures.length === 0
      ? 'CAST(NULL AS VARCHAR)'
      : `CASE ${failures.map((failure) => `WHEN ${failure.fails} THEN ${pick(failure)}`).join(' ')} ELSE CAST(NULL AS VARCHAR) END`
  const list = [
    `${jsonObject(row)} AS "_json"`,
    `${key === null ? 'CAST(NULL AS VARCHAR)' : jsonKey(key.map((name) => keyColumn(name, row)))} AS "_key"`,
    `${firstFailure(({ code }) => sqlText(code))} AS "_code"`,
    `${firstFailure(({ column }) => sqlText(column))} AS "_column"`,
    `${firstFailure(({ value }) => value)} AS "_value"`,
  ]
  const inner = [
    ...row.map((_, index) => `"c${index}"`),
    ...checks.map((_, index) => `"check${index}"`),
    ...checks.map((_, index) => `"value${index}"`),
  ]
  const query = `SELECT ${list.join(',\n  ')}\nFROM (\n${select}\n) AS "row"(${inner.join(', ')})${limit === null ? '' : `\nLIMIT ${limit}`}`
  // Kept beside it, so that nobody has to read the objects for their size.
  return `COPY (SELECT *, CAST(strlen("_json") AS BIGINT) AS "_bytes" FROM (\n${query}\n)) TO ${sqlText(output)} (${parquetOptions.join(', ')})`
}

/** Of exactly that name, else the only one of that name without case. */
function keyColumn(name: string, row: readonly RowColumn[]): RowColumn {
  const folded = row.filter((column) => column.name.toLowerCase() === name.toLowerCase())
  const found = row.find((column) => column.name === name) ?? (folded.length === 1 ? folded[0] : undefined)
  if (found) return found
  const names = row.map((column) => column.name)
  throw new SegueError('MAPPING_INVALID', `The key names column "${name}", which the rows do not have.${nearest(name, names)}`)
}
