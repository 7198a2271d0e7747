import { parseColumnType } from '../contract/column-type.ts'
import type { ColumnInfo, OpenDatabase } from '../contract/database.ts'
import type { PreviewRequest, PreviewResult } from '../contract/reader.ts'
import { sqlName } from '../contract/sql-text.ts'
import { prepareOutput, runStatement } from './run-select.ts'

/** The first rows of a source after mapping, as exact text: nested values as JSON, bytes as hex. Reads no further than it needs. */
export async function preview(database: OpenDatabase, request: PreviewRequest): Promise<PreviewResult> {
  const start = performance.now()
  const { source, mapped, columns } = await prepareOutput(database, request)
  const names = columns.map((_, index) => `"c${index}"`)
  const list = columns.map((column, index) => `${asText(column, `"row".${names[index]}`)} AS ${sqlName(column.name)}`)
  // The limit stands inside, so that no value is made into text that is not shown.
  const rows = `(SELECT * FROM (\n${mapped.select}\n) LIMIT ${request.limit}) AS "row"(${names.join(', ')})`
  const result = await runStatement(database, `SELECT ${list.join(', ')}\nFROM ${rows}`, source)
  return {
    columns,
    rows: result.getRowsJson().map((row) => row.map((value) => (typeof value === 'string' ? value : null))),
    tookMs: Math.round(performance.now() - start),
  }
}

function asText({ type }: ColumnInfo, value: string): string {
  const parsed = parseColumnType(type)
  if (parsed.kind !== 'scalar' || parsed.name === 'UNION' || parsed.name === 'VARIANT') return `CAST(to_json(${value}) AS VARCHAR)`
  return parsed.name === 'BLOB' ? `lower(hex(${value}))` : `CAST(${value} AS VARCHAR)`
}
