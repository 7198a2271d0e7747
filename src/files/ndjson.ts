import type { FileSettings } from '../contract/files.ts'
import { sqlText } from '../contract/sql-text.ts'
import { newLineOption, rawOptions } from './csv-options.ts'
import { sayableInJson } from './expressible.ts'
import { jsonText, writableAsJson } from './json-value.ts'
import type { Rendering, RowColumn } from './rendering.ts'

/** One JSON object a line: by DuckDB's JSON writer where it writes every column right, else by text made in SQL, which is slower. */
export function renderNdjson(columns: readonly RowColumn[], file: FileSettings): Rendering {
  const written = columns.map(({ type, value }) => writableAsJson(type, value))
  const byWriter = file.lineEnding === 'lf' && written.every((expression) => expression !== null)
  const last = columns.length - 1
  return {
    columns: columns.map(({ name, type, value }, index) => ({
      name,
      expression: byWriter ? (written[index] ?? value) : memberText(name, jsonText(type, value), index, last),
      sayable: sayableInJson(type, value),
    })),
    options: byWriter ? ['FORMAT json'] : ['FORMAT csv', 'HEADER false', "DELIMITER ','", ...rawOptions, newLineOption(file)],
    headerApart: null,
  }
}

/** `"name":value`, with the braces at the ends of the line; the writer of delimited files puts the commas between. */
function memberText(name: string, text: string, index: number, last: number): string {
  const label = sqlText(`${index === 0 ? '{' : ''}${JSON.stringify(name)}:`)
  return `${label} || coalesce(${text}, 'null')${index === last ? " || '}'" : ''}`
}
