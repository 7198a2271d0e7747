import { checkColumnNames } from '../contract/column-names.ts'
import { parseColumnType } from '../contract/column-type.ts'
import type { ColumnInfo } from '../contract/database.ts'
import type { FileSettings, RowCheck } from '../contract/files.ts'
import { sqlName, sqlText } from '../contract/sql-text.ts'
import { lineBreak, rawOptions } from './csv-options.ts'
import { renderDelimited } from './delimited.ts'
import { renderNdjson } from './ndjson.ts'
import { renderParquet } from './parquet.ts'
import type { Rendering, RowColumn } from './rendering.ts'
import { isDelimited } from './settings.ts'

export interface CopyRequest {
  /** A SELECT whose result is the columns, then one BOOLEAN for each check, true where the row must be rejected. */
  readonly select: string
  /** Names and types of the output columns. The types as DESCRIBE writes them: it alone tells JSON from VARCHAR. */
  readonly columns: readonly ColumnInfo[]
  readonly checks?: readonly RowCheck[]
  readonly file: FileSettings
  /** Absolute path. */
  readonly output: string
  /** At most this many rows; null: all. */
  readonly limit: number | null
}

export interface RejectCounter extends RowCheck {
  readonly sequence: string
  /** The statement that tells how many rows were rejected for it, as one BIGINT; to be asked after the copy, and only once. */
  readonly count: string
}

/**
 * What writes one file: run `before`, then `copy`; where that wrote no row, `copyWhenEmpty` if there is one (`copy` has made no file
 * then); ask each reject counter; run `after`, also after a failure.
 */
export interface CopyStatement {
  readonly before: readonly string[]
  readonly copy: string
  readonly copyWhenEmpty: string | null
  readonly after: readonly string[]
  readonly rejects: readonly RejectCounter[]
}

/**
 * The statements that write the rows of a SELECT as the settings say, in one pass of DuckDB's own writers.
 * A row with a value that the settings cannot express is left out and counted, by the first column at fault; only columns whose type
 * can hold such values are looked at. Bound parameters of the SELECT are bound to `copy`.
 * Throws MAPPING_INVALID for column names that a file cannot hold, SETTING_INVALID for ones that the header settings cannot express.
 */
export function copyStatement({ select, columns, checks = [], file, output, limit }: CopyRequest): CopyStatement {
  checkColumnNames(columns.map((column) => column.name))
  const source = columns.map((column, index): RowColumn => ({
    name: column.name,
    type: parseColumnType(column.type),
    value: `"row".${columnAt(index)}`,
  }))
  const rendering = render(source, file)
  const failures = [
    ...checks.map((check, index) => ({ ...check, fails: `"row".${checkAt(index)}` })),
    ...source.flatMap(({ name }, index) => {
      const sayable = rendering.columns[index]?.sayable ?? null
      return sayable === null ? [] : [{ column: name, code: 'VALUE_NOT_EXPRESSIBLE' as const, fails: `(${sayable}) IS FALSE` }]
    }),
  ]
  const rejects = failures.map(({ column, code }, index) => ({ column, code, ...sequenceAt(index) }))
  const list = rendering.columns.map(({ name, expression }) => `${expression} AS ${sqlName(name)}`)
  const inner = [...columns.map((_, index) => columnAt(index)), ...checks.map((_, index) => checkAt(index))]
  const rows = `(\n${select}\n) AS "row"(${inner.join(', ')})`
  const query = `SELECT ${list.join(',\n  ')}\nFROM ${failures.length === 0 ? rows : keptRows(rows, failures)}${limit === null ? '' : `\nLIMIT ${limit}`}`
  // Rendered straight into the given path: a temporary file of DuckDB's own beside it is not among those that may be written.
  const to = (options: readonly string[]): string => `TO ${sqlText(output)} (${[...options, 'USE_TMP_FILE false'].join(', ')})`
  return {
    before: rejects.map(({ sequence }) => `CREATE OR REPLACE TEMP SEQUENCE ${sequence}`),
    copy: `COPY (\n${query}\n) ${to(copyOptions(rendering, file))}`,
    copyWhenEmpty: rendering.headerApart === null ? null : `COPY (SELECT 1 WHERE false) ${to(headerOnly(rendering.headerApart, file))}`,
    after: rejects.map(({ sequence }) => `DROP SEQUENCE IF EXISTS ${sequence}`),
    rejects,
  }
}

function render(columns: readonly RowColumn[], file: FileSettings): Rendering {
  if (isDelimited(file.format)) return renderDelimited(columns, file)
  return file.format === 'ndjson' ? renderNdjson(columns, file) : renderParquet(columns)
}

const columnAt = (index: number): string => `"c${index}"`
const checkAt = (index: number): string => `"check${index}"`

function sequenceAt(index: number): { readonly sequence: string; readonly count: string } {
  const sequence = `temp.segue_reject_${index + 1}`
  return { sequence, count: `SELECT nextval('${sequence}') - 1` }
}

/**
 * The rows that pass, and a count of the others by the way: a failing row draws a number from the sequence of the first check that it
 * fails. The drawing stands in a SELECT list of its own because the optimizer moves a WHERE below DISTINCT and UNION, where it
 * meets other numbers of rows (seen with DuckDB 1.5.6).
 */
function keptRows(rows: string, failures: readonly { readonly fails: string }[]): string {
  const cases = failures.map(({ fails }, index) => `WHEN ${fails} THEN nextval('${sequenceAt(index).sequence}') < 0`)
  return `(\nSELECT *, CASE ${cases.join('\n  ')}\n  ELSE true END AS "kept"\nFROM ${rows}\n) AS "row"\nWHERE "row"."kept"`
}

/** A header written apart comes as a prefix. The suffix takes the place of the last line's ending, and would leave an empty line in a file without rows. */
function copyOptions({ options, headerApart }: Rendering, file: FileSettings): readonly string[] {
  if (headerApart === null) return options
  const ending = lineBreak(file)
  return [...options, `PREFIX ${sqlText(headerApart + ending)}`, `SUFFIX ${sqlText(ending)}`, 'WRITE_EMPTY_FILE false']
}

function headerOnly(header: string, file: FileSettings): readonly string[] {
  return ['FORMAT csv', 'HEADER false', ...rawOptions, `PREFIX ${sqlText(header)}`, `SUFFIX ${sqlText(lineBreak(file))}`]
}
