import { sqlText } from '../../contract/sql-text.ts'
import { rawOptions } from '../../files/csv-options.ts'
import { frozenRows, parquetRows } from './frozen-files.ts'

export interface LinesRequest {
  readonly frozen: string
  readonly refused: string
  readonly from: number
  readonly to: number
  readonly output: string
}

/** Writes a stretch of rows as lines (`SpoolSession.lines`); `hasRefused` is false where no row at all is left out, which needs no join. */
export function linesStatement({ frozen, refused, from, to, output }: LinesRequest, hasRefused: boolean): string {
  const within = `"_row" >= ${from} AND "_row" < ${to}`
  const rows = `SELECT "_row", "_json" FROM ${frozenRows(frozen)} WHERE ${within}`
  const left = `SELECT "_row" FROM ${parquetRows(refused)} WHERE ${within}`
  const query = hasRefused
    ? `SELECT CASE WHEN "left"."_row" IS NULL THEN "kept"."_json" ELSE '' END FROM (${rows}) AS "kept" LEFT JOIN (${left}) AS "left" USING ("_row") ORDER BY "kept"."_row"`
    : `SELECT "_json" FROM (${rows})`
  const options = [
    'FORMAT csv',
    'HEADER false',
    ...rawOptions,
    "DELIMITER ','",
    "NULLSTR ''",
    String.raw`NEW_LINE '\n'`,
    'USE_TMP_FILE false',
  ]
  return `COPY (${query}) TO ${sqlText(output)} (${options.join(', ')})`
}
