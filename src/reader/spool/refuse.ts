import type { RefuseRequest } from '../../contract/reader.ts'
import { frozenRows, parquetRows, toParquet } from './frozen-files.ts'

/** Writes the rows that cannot be sent, in order (`SpoolSession.refuse`). */
export function refuseStatement({ frozen, hasKey, rowBytes, output }: RefuseRequest): string {
  const isDouble = hasKey ? '"double"."rows" IS NOT NULL' : 'false'
  const cases: readonly (readonly [condition: string, code: string, reason: string])[] = [
    [
      '"_code" = \'CAST_FAILED\'',
      '"_code"',
      `concat('The value ', ${quoted('"_value"')}, ' of column "', "_column", '" does not fit its type.')`,
    ],
    ['"_code" IS NOT NULL', '"_code"', `concat('JSON cannot say the value ', ${quoted('"_value"')}, ' of column "', "_column", '".')`],
    [`"_bytes" > ${rowBytes}`, `'ROW_TOO_LARGE'`, `concat('The row has ', "_bytes", ' bytes; a batch may have ${rowBytes}.')`],
    [hasKey ? '"_key" IS NULL' : 'false', `'KEY_MISSING'`, `'A column of the key is null.'`],
    [isDouble, `'DUPLICATE_KEY'`, hasKey ? `concat("double"."rows", ' rows have the key ', left("_key", 200), '.')` : `''`],
  ]
  const chosen = (pick: (one: (typeof cases)[number]) => string): string =>
    `CASE ${cases.map((one) => `WHEN ${one[0]} THEN ${pick(one)}`).join(' ')} END`
  const rows = `(SELECT "_row", "_key", "_code", "_column", "_value", "_bytes" FROM ${frozenRows(frozen)})`
  const doubles = `(SELECT "_key" AS "key", count(*) AS "rows" FROM ${frozenRows(frozen)} WHERE "_key" IS NOT NULL GROUP BY "_key" HAVING count(*) > 1)`
  const from = hasKey ? `${rows} LEFT JOIN ${doubles} AS "double" ON "double"."key" = "_key"` : rows
  const judged = `SELECT "_row", ${chosen(([, code]) => code)} AS "code", "_column" AS "column", ${chosen(([, , reason]) => reason)} AS "reason" FROM ${from}`
  return `COPY (SELECT * FROM (${judged}) WHERE "code" IS NOT NULL ORDER BY "_row") ${toParquet(output)}`
}

/** Rows of (code, column, rows). */
export function countRefused(path: string): string {
  return `SELECT "code", "column", count(*) FROM ${parquetRows(path)} GROUP BY ALL ORDER BY count(*) DESC, "code", "column"`
}

function quoted(value: string): string {
  return `coalesce('"' || ${value} || '"', 'null')`
}
