import { checkColumnNames } from '../contract/column-names.ts'
import { parseColumnType } from '../contract/column-type.ts'
import type { ColumnInfo } from '../contract/database.ts'
import { SegueError } from '../contract/errors.ts'
import type { RowCheck } from '../contract/files.ts'
import { nearestName } from '../contract/nearest.ts'
import type { MappingEntry } from '../contract/objects.ts'
import { sqlName, sqlText } from '../contract/sql-text.ts'
import { castColumn, type MappedValue } from './cast-column.ts'
import { formatColumn } from './format-column.ts'

export interface MappingRequest {
  /** One SELECT, without its semicolon; it may end in a comment. */
  readonly source: string
  /** Its columns; the types as DESCRIBE writes them. */
  readonly columns: readonly ColumnInfo[]
  /** null: all columns as they come. */
  readonly mapping: readonly MappingEntry[] | null
}

export interface MappingSelect {
  /** A SELECT that gives exactly the output columns: to describe and to preview. A value that cannot be cast is NULL there. */
  readonly select: string
  /** For a render: the same, then one BOOLEAN for each check, true where the row must be rejected. The same text where there are no checks. */
  readonly checkedSelect: string
  /** The same as `checkedSelect`, then one VARCHAR for each check: the source value at fault, cut to 200 characters; NULL where the check holds. */
  readonly explainedSelect: string
  readonly checks: readonly RowCheck[]
}

/**
 * The SELECT of a field mapping over a source: columns renamed, put in order, cast, formatted, left out, and constants. A value that does
 * not fit its cast or format rejects its row (CAST_FAILED); nothing is rounded or cut by a cast in silence.
 * Columns are found by their exact name first, then without case. Throws MAPPING_INVALID naming the column at fault and the nearest one.
 */
export function mappingSelect({ source, columns, mapping }: MappingRequest): MappingSelect {
  const outputs =
    mapping === null
      ? columns.map((column, index) => ({ name: column.name, source: 'NULL', ...wholeColumn(column, index) }))
      : mapping.map((entry) => mapEntry(entry, columns))
  checkColumnNames(outputs.map((output) => output.name))
  const list = outputs.map(({ name, expression }) => `${expression} AS ${sqlName(name)}`)
  const failing = outputs.flatMap(({ name, fails, source: value }) => (fails === null ? [] : [{ column: name, fails, value }]))
  // Columns are named by position: two result columns of the same name stay two.
  const from = `FROM (\n${source}\n) AS "source"(${columns.map((_, index) => columnAt(index)).join(', ')})`
  const select = (expressions: readonly string[]): string => `SELECT ${expressions.join(',\n  ')}\n${from}`
  const checked = [...list, ...failing.map(({ fails }, index) => `coalesce(${fails}, false) AS "segue check ${index}"`)]
  const values = failing.map(
    ({ fails, value }, index) => `CASE WHEN ${fails} THEN left(CAST(${value} AS VARCHAR), 200) END AS "segue value ${index}"`,
  )
  return {
    select: select(list),
    checkedSelect: select(checked),
    explainedSelect: select([...checked, ...values]),
    checks: failing.map(({ column }) => ({ column, code: 'CAST_FAILED' as const })),
  }
}

const columnAt = (index: number): string => `"c${index}"`

function wholeColumn(column: ColumnInfo, index: number): MappedValue {
  return { expression: `"source".${columnAt(index)}`, type: parseColumnType(column.type), fails: null }
}

function mapEntry(entry: MappingEntry, columns: readonly ColumnInfo[]): MappedValue & { readonly name: string; readonly source: string } {
  if ('value' in entry)
    return { name: entry.to, source: 'NULL', expression: constant(entry.value, entry.to), type: parseColumnType('VARCHAR'), fails: null }
  const index = findColumn(entry.from, columns)
  const column = columns[index]
  if (column === undefined) throw unknownColumn(entry.from, columns)
  const invalid = (reason: string): SegueError =>
    new SegueError('MAPPING_INVALID', `The mapping of column "${column.name}" (${column.type}): ${reason}`)
  const whole = wholeColumn(column, index)
  const cast = entry.cast === undefined ? whole : castColumn(whole, entry.cast, invalid)
  const formatted = entry.format === undefined ? cast : formatColumn(cast, entry.format, invalid)
  return { name: entry.to ?? entry.from, source: whole.expression, ...formatted }
}

/** The position of a column: of exactly that name, else the only one of that name without case. */
function findColumn(name: string, columns: readonly ColumnInfo[]): number {
  const exact = columns.flatMap((column, index) => (column.name === name ? [index] : []))
  const folded = columns.flatMap((column, index) => (column.name.toLowerCase() === name.toLowerCase() ? [index] : []))
  const found = exact.length > 0 ? exact : folded
  if (found.length > 1)
    throw new SegueError(
      'MAPPING_INVALID',
      `The mapping names column "${name}", and the result has ${found.length} of that name; rename them in the query.`,
    )
  return found[0] ?? -1
}

function unknownColumn(name: string, columns: readonly ColumnInfo[]): SegueError {
  const names = columns.map((column) => column.name)
  const meant = nearestName(name, names)
  const shown = names
    .slice(0, 20)
    .map((known) => `"${known}"`)
    .join(', ')
  const hint = meant === null ? `; there are ${shown}${names.length > 20 ? ' and more' : ''}.` : `; did you mean "${meant}"?`
  return new SegueError('MAPPING_INVALID', `The mapping names column "${name}", which the result does not have${hint}`)
}

/** A typed constant. Numbers that JavaScript cannot hold exactly are refused: they are written as text. */
function constant(value: string | number | boolean | null, name: string): string {
  if (value === null) return 'CAST(NULL AS VARCHAR)'
  if (typeof value === 'string') return sqlText(value)
  if (typeof value === 'boolean') return String(value)
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw new SegueError(
      'MAPPING_INVALID',
      `The constant ${value} of column "${name}" is not exact as a number; write it as text, in quotes.`,
    )
  }
  return String(value)
}
