import { frozenGroupRows } from '../../contract/reader.ts'
import { sqlText } from '../../contract/sql-text.ts'
import { entryLines, frozenRows, parquetRows, toParquet } from './frozen-files.ts'

export interface RejectedRequest {
  readonly ledger: string
  readonly frozen: string
  readonly refused: string
  readonly verdicts: readonly string[]
  readonly output: string
}

/** The columns of `RejectedRow`, in the order in which people read them. */
const columns = ['row', 'key', 'code', 'column', 'reason', 'part', 'attempt', 'at', 'values', 'request', 'answer'] as const
const list = columns.map((name) => `"${name}"`).join(', ')

/** Writes the rejected rows with their values and what was said (`SpoolSession.rejected`). */
export function rejectedStatement({ ledger, frozen, refused, verdicts, output }: RejectedRequest): string {
  return `COPY (
    SELECT "entry"."row", "entry"."key", "entry"."code", "refused"."column", "entry"."reason", "entry"."part", "entry"."attempt", "entry"."at",
      "frozen"."_json" AS "values", "exchange"."request", "exchange"."answer"
    FROM (FROM ${parquetRows(ledger)} WHERE "verdict" = 'rejected') AS "entry"
    JOIN (SELECT "_row", "_json" FROM ${frozenRows(frozen)}) AS "frozen" ON "frozen"."_row" = "entry"."row"
    LEFT JOIN (FROM ${parquetRows(refused)}) AS "refused" ON "refused"."_row" = "entry"."row" AND "entry"."part" IS NULL
    LEFT JOIN (SELECT "part", "attempt", "request", "answer" FROM ${entryLines(verdicts)} WHERE "row" IS NULL) AS "exchange"
      ON "exchange"."part" = "entry"."part" AND "exchange"."attempt" = "entry"."attempt"
    ORDER BY "entry"."row"
  ) ${toParquet(output)}`
}

export function readRejectedStatement({
  rejected,
  after,
  code,
  limit,
}: {
  readonly rejected: string
  readonly after: number | null
  readonly code: string | null
  readonly limit: number
}): string {
  const conditions = [...(after === null ? [] : [`"row" > ${after}`]), ...(code === null ? [] : [`"code" = ${sqlText(code)}`])]
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  return `SELECT ${list} FROM ${parquetRows(rejected)}${where} ORDER BY "row" LIMIT ${limit}`
}

export function exportRejectedStatement({
  rejected,
  format,
  output,
}: {
  readonly rejected: string
  readonly format: 'ndjson' | 'csv'
  readonly output: string
}): string {
  const options = format === 'csv' ? ['FORMAT csv', 'HEADER true'] : ['FORMAT json']
  return `COPY (SELECT ${list} FROM ${parquetRows(rejected)} ORDER BY "row") TO ${sqlText(output)} (${options.join(', ')}, USE_TMP_FILE false)`
}

/** A frozen file of the rows that were sent and refused: the others cannot be sent. */
export function freezeRejectedStatement({ rejected, output }: { readonly rejected: string; readonly output: string }): string {
  const nothing = ['_code', '_column', '_value'].map((name) => `CAST(NULL AS VARCHAR) AS "${name}"`).join(', ')
  const rows = `SELECT "values" AS "_json", "key" AS "_key", ${nothing}, CAST(strlen("values") AS BIGINT) AS "_bytes" FROM ${parquetRows(rejected)} WHERE "part" IS NOT NULL ORDER BY "row"`
  return `COPY (${rows}) TO ${sqlText(output)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${frozenGroupRows}, USE_TMP_FILE false)`
}
