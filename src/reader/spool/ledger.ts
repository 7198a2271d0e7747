import type { LedgerRequest } from '../../contract/reader.ts'
import { sqlText } from '../../contract/sql-text.ts'
import { entryLines, frozenRows, parquetRows, toParquet } from './frozen-files.ts'

/** Writes what became of every row (`SpoolSession.ledger`). Ranges are found by an ASOF join: hundreds of thousands of them are no matter. */
export function ledgerStatement(request: LedgerRequest): string {
  const { frozen, refused, ranges, rows, verdicts, otherwise, withRefused, skippedFrom, output } = request
  const sources = ['"refused"', '"verdict"', '"single"', '"range"'] as const
  const present = [
    '"refused"."row" IS NOT NULL',
    '"verdict"."row" IS NOT NULL',
    '"single"."row" IS NOT NULL',
    '"range"."to" > "frozen"."_row"',
  ]
  const pick = (name: string, other: string): string =>
    `CASE ${sources.map((source, index) => `WHEN ${present[index]} THEN ${source}."${name}"`).join(' ')} ELSE ${other} END AS "${name}"`
  const columns = [
    '"frozen"."_row" AS "row"',
    '"frozen"."_key" AS "key"',
    `'send' AS "operation"`,
    pick('verdict', `'skipped'`),
    pick('code', sqlText(otherwise)),
    pick('reason', 'NULL'),
    pick('part', 'NULL'),
    pick('attempt', 'NULL'),
    pick('at', 'NULL'),
    'CAST(NULL AS VARCHAR) AS "destination_id"',
  ]
  const told = `(SELECT "row", "verdict", "code", "reason", "part", "attempt", "at" FROM ${entryLines(verdicts)} WHERE "row" IS NOT NULL)`
  const known = present.slice(1).join(' OR ')
  const wanted = `CASE WHEN "refused"."row" IS NOT NULL THEN ${withRefused} ELSE ${known} OR "frozen"."_row" >= ${skippedFrom} END`
  return `COPY (
    SELECT ${columns.join(', ')}
    FROM (SELECT "_row", "_key" FROM ${frozenRows(frozen)}) AS "frozen"
    LEFT JOIN (
      SELECT "_row" AS "row", 'rejected' AS "verdict", "code", "reason", CAST(NULL AS VARCHAR) AS "part", CAST(NULL AS INTEGER) AS "attempt", CAST(NULL AS VARCHAR) AS "at"
      FROM ${parquetRows(refused)}
    ) AS "refused" ON "refused"."row" = "frozen"."_row"
    LEFT JOIN ${told} AS "verdict" ON "verdict"."row" = "frozen"."_row"
    LEFT JOIN ${entryLines([rows])} AS "single" ON "single"."row" = "frozen"."_row"
    ASOF LEFT JOIN ${entryLines([ranges])} AS "range" ON "frozen"."_row" >= "range"."from"
    WHERE ${wanted}
    ORDER BY "frozen"."_row"
  ) ${toParquet(output)}`
}
