import type { LedgerRequest } from '../../contract/reader.ts'
import { sqlText } from '../../contract/sql-text.ts'
import { entryLines, frozenRows, parquetRows, toParquet } from './frozen-files.ts'

/** Which of the sources of a ledger have anything at all: a join with nothing would cost half of the time. */
export interface LedgerSources {
  readonly refused: boolean
  readonly rows: boolean
}

/** Writes a ledger of nothing but stretches that are all there is, of rows without keys: then nobody has to look at the rows. */
export function plainLedgerStatement({ ranges, output }: LedgerRequest): string {
  const told = '"verdict", "code", "reason", "part", "attempt", "at"'
  return `COPY (
    SELECT unnest(range("from", "to")) AS "row", CAST(NULL AS VARCHAR) AS "key", 'send' AS "operation", ${told}, CAST(NULL AS VARCHAR) AS "destination_id"
    FROM (FROM ${entryLines([ranges])} ORDER BY "from")
  ) ${toParquet(output)}`
}

interface LedgerSource {
  readonly name: 'refused' | 'verdict' | 'single' | 'range'
  readonly join: string
  /** Holds where the source tells of a row. */
  readonly tells: string
}

/** Writes what became of every row (`SpoolSession.ledger`). Ranges are found by an ASOF join: hundreds of thousands of them are no matter. */
export function ledgerStatement(request: LedgerRequest, has: LedgerSources): string {
  const { frozen, otherwise, withRefused, skippedFrom, output } = request
  const sources = sourcesOf(request, has)
  const pick = (name: string, other: string): string =>
    sources.length === 0
      ? `${other} AS "${name}"`
      : `CASE ${sources.map((source) => `WHEN ${source.tells} THEN "${source.name}"."${name}"`).join(' ')} ELSE ${other} END AS "${name}"`
  const columns = [
    '"frozen"."_row" AS "row"',
    '"frozen"."_key" AS "key"',
    `'send' AS "operation"`,
    pick('verdict', `'skipped'`),
    pick('code', sqlText(otherwise)),
    pick('reason', 'CAST(NULL AS VARCHAR)'),
    pick('part', 'CAST(NULL AS VARCHAR)'),
    pick('attempt', 'CAST(NULL AS INTEGER)'),
    pick('at', 'CAST(NULL AS VARCHAR)'),
    'CAST(NULL AS VARCHAR) AS "destination_id"',
  ]
  const known = [...sources.filter(({ name }) => name !== 'refused').map(({ tells }) => tells), `"frozen"."_row" >= ${skippedFrom}`].join(
    ' OR ',
  )
  const wanted = has.refused ? `CASE WHEN "refused"."row" IS NOT NULL THEN ${withRefused} ELSE ${known} END` : known
  return `COPY (
    SELECT ${columns.join(', ')}
    FROM (SELECT "_row", "_key" FROM ${frozenRows(frozen)}) AS "frozen"
    ${sources.map(({ join }) => join).join('\n    ')}
    WHERE ${wanted}
    ORDER BY "frozen"."_row"
  ) ${toParquet(output)}`
}

/** In the order in which one wins over the next. */
function sourcesOf({ refused, verdicts, rows, ranges }: LedgerRequest, has: LedgerSources): readonly LedgerSource[] {
  const byRow = (name: LedgerSource['name'], of: string): LedgerSource => ({
    name,
    join: `LEFT JOIN ${of} AS "${name}" ON "${name}"."row" = "frozen"."_row"`,
    tells: `"${name}"."row" IS NOT NULL`,
  })
  const left = `(SELECT "_row" AS "row", 'rejected' AS "verdict", "code", "reason", CAST(NULL AS VARCHAR) AS "part",
      CAST(NULL AS INTEGER) AS "attempt", CAST(NULL AS VARCHAR) AS "at" FROM ${parquetRows(refused)})`
  const told = `(SELECT "row", "verdict", "code", "reason", "part", "attempt", "at" FROM ${entryLines(verdicts)} WHERE "row" IS NOT NULL)`
  return [
    ...(has.refused ? [byRow('refused', left)] : []),
    ...(verdicts.length > 0 ? [byRow('verdict', told)] : []),
    ...(has.rows ? [byRow('single', entryLines([rows]))] : []),
    {
      name: 'range',
      join: `ASOF LEFT JOIN ${entryLines([ranges])} AS "range" ON "frozen"."_row" >= "range"."from"`,
      tells: '"range"."to" > "frozen"."_row"',
    },
  ]
}
