import { isNumber, isTimestamp, type ColumnType } from '../contract/column-type.ts'
import type { FileSettings } from '../contract/files.ts'
import { sqlName, sqlText } from '../contract/sql-text.ts'
import { newLineOption } from './csv-options.ts'
import { sayableInJson } from './expressible.ts'
import { headerFields } from './header.ts'
import { isNested, jsonText, plainText } from './json-value.ts'
import { renderUnquotedBySql } from './raw-delimited.ts'
import type { Rendering, RowColumn, TextColumn } from './rendering.ts'

/** Lines of values with delimiters. DuckDB's writer does the quoting where it can say what the settings ask for; SQL does the rest. */
export function renderDelimited(columns: readonly RowColumn[], file: FileSettings): Rendering {
  const texts = columns.map((column) => ({
    ...column,
    value: valueText(column.type, column.value),
    sayable: isNested(column.type) ? sayableInJson(column.type, column.value) : null,
  }))
  // DuckDB's writer leaves an escape character alone in a value that needs no quotes otherwise, where many readers drop it.
  return file.quote === 'none' || file.escape !== '"' ? renderUnquotedBySql(texts, file) : renderQuotedByWriter(texts, file)
}

function valueText(type: ColumnType, value: string): string {
  if (isNested(type)) return jsonText(type, value)
  if (isTimestamp(type) || (type.kind === 'scalar' && type.name === 'BLOB')) return plainText(type, value)
  return value
}

function renderQuotedByWriter(columns: readonly TextColumn[], file: FileSettings): Rendering {
  const quoted = quotedColumns(columns, file)
  const options = ['FORMAT csv', `DELIMITER ${sqlText(file.delimiter)}`, `QUOTE '"'`, `ESCAPE '"'`, newLineOption(file)]
  // NULL is never in quotes, so that under `all` it becomes its text before the writer sees it.
  options.push(file.quote === 'all' ? "NULLSTR ''" : `NULLSTR ${sqlText(file.nullText)}`)
  if (quoted !== 'none') options.push(`FORCE_QUOTE ${quoted === 'all' ? '*' : `(${quoted.map(sqlName).join(', ')})`}`)
  const header = headerFields(columns, file)
  const byWriter = !file.header || (quoted === 'all' ? file.headerQuote === 'all' : quoted === 'none' && file.headerQuote !== 'all')
  options.push(`HEADER ${file.header && byWriter}`)
  return {
    columns: columns.map(({ name, value, sayable }) => ({
      name,
      expression: file.quote === 'all' ? `coalesce(CAST(${value} AS VARCHAR), ${sqlText(file.nullText)})` : value,
      sayable,
    })),
    options,
    headerApart: byWriter ? null : header.join(file.delimiter),
  }
}

function quotedColumns(columns: readonly TextColumn[], { quote }: FileSettings): 'all' | 'none' | readonly string[] {
  if (quote === 'all' || quote === 'non_null') return 'all'
  const texts = quote === 'non_numeric' ? columns.filter(({ type }) => !isNumber(type)) : []
  if (texts.length === columns.length) return 'all'
  return texts.length === 0 ? 'none' : texts.map(({ name }) => name)
}
