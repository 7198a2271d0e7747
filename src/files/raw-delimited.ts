import { isNumber, isTimestamp, type ColumnType } from '../contract/column-type.ts'
import type { FileSettings } from '../contract/files.ts'
import { sqlText } from '../contract/sql-text.ts'
import { newLineOption, rawOptions } from './csv-options.ts'
import { headerFields } from './header.ts'
import type { Rendering, TextColumn } from './rendering.ts'

/** Delimited lines whose quotes and escapes are made in SQL: the writer puts nothing but delimiters between the values. */
export function renderUnquotedBySql(columns: readonly TextColumn[], file: FileSettings): Rendering {
  const header = headerFields(columns, file)
  return {
    columns: columns.map((column, index) => {
      const text = column.type.kind === 'scalar' && column.type.name === 'VARCHAR' ? column.value : `CAST(${column.value} AS VARCHAR)`
      const { expression, sayable } = fieldText(column.type, text, file)
      return { name: header[index] ?? column.name, expression, sayable: both(column.sayable, sayable) }
    }),
    options: [
      'FORMAT csv',
      `HEADER ${file.header}`,
      `DELIMITER ${sqlText(file.delimiter)}`,
      ...rawOptions,
      `NULLSTR ${sqlText(file.nullText)}`,
      newLineOption(file),
    ],
    headerApart: null,
  }
}

interface FieldText {
  readonly expression: string
  readonly sayable: string | null
}

function fieldText(type: ColumnType, text: string, file: FileSettings): FieldText {
  const { quote, escape, nullText } = file
  if (quote === 'all') return { expression: inQuotes(`coalesce(${text}, ${sqlText(nullText)})`, escape), sayable: null }
  if (quote === 'non_null' || (quote === 'non_numeric' && !isNumber(type))) return { expression: inQuotes(text, escape), sayable: null }
  if (printsHarmlessly(type, file)) return { expression: text, sayable: null }
  if (quote !== 'none') {
    const special = `${holdsAny(text, ['"', ...ambiguous(file)])} OR ${text} = ${sqlText(nullText)}`
    return { expression: `CASE WHEN ${special} THEN ${inQuotes(text, escape)} ELSE ${text} END`, sayable: null }
  }
  if (escape === '"') {
    const isNullText = nullText === '' ? '' : ` OR ${text} = ${sqlText(nullText)}`
    return { expression: text, sayable: `NOT (${holdsAny(text, ambiguous(file))}${isNullText})` }
  }
  return { expression: escaped(text, file), sayable: null }
}

/** Characters that end a value where they stand in it without quotes; the escape character comes first. */
function ambiguous({ delimiter, escape }: FileSettings): string[] {
  return [...(escape === '"' ? [] : [escape]), delimiter, '\n', '\r']
}

/** A chain of `contains` is faster than one regular expression (measured: 5 % against 30 % of a whole render). */
function holdsAny(text: string, characters: readonly string[]): string {
  return characters.map((character) => `contains(${text}, ${sqlText(character)})`).join(' OR ')
}

function inQuotes(text: string, escape: string): string {
  const inside = escape === '"' ? text : `replace(${text}, ${sqlText(escape)}, ${sqlText(escape + escape)})`
  return `'"' || replace(${inside}, '"', ${sqlText(`${escape}"`)}) || '"'`
}

/** The escape character before delimiters, line breaks and itself; a value that reads like the NULL text gets one in front. */
function escaped(text: string, file: FileSettings): string {
  const { escape, nullText } = file
  const replaced = ambiguous(file).reduce(
    (inner, character) => `replace(${inner}, ${sqlText(character)}, ${sqlText(escape + character)})`,
    text,
  )
  // A NULL text with an escape character in it is no text of a value: there every one stands twice.
  if (nullText === '' || nullText.includes(escape)) return replaced
  return `CASE WHEN ${text} = ${sqlText(nullText)} THEN ${sqlText(escape + nullText)} ELSE ${replaced} END`
}

const printed = /^[-+.: 0-9A-Za-z]$/
const printedWord = /^(?:true|false|nan|-?inf(?:inity)?|[-+.: 0-9a-f()TZBC]+)$/i

/** True for types whose values never print a character or a text that the settings give a meaning to. */
function printsHarmlessly(type: ColumnType, { delimiter, escape, nullText }: FileSettings): boolean {
  const known = isNumber(type) || isTimestamp(type) || (type.kind === 'scalar' && ['BOOLEAN', 'DATE', 'TIME', 'UUID'].includes(type.name))
  return known && !printed.test(delimiter) && !printed.test(escape) && !printedWord.test(nullText)
}

function both(first: string | null, second: string | null): string | null {
  if (first === null || second === null) return first ?? second
  return `(${first}) IS NOT FALSE AND (${second}) IS NOT FALSE`
}
