import { SegueError } from '../contract/errors.ts'
import type { FileSettings } from '../contract/files.ts'

/**
 * The fields of the header as they stand in a delimited file. Throws SETTING_INVALID naming a column whose name cannot be told without
 * quotes where the header has none: a header cannot be left out like a row.
 */
export function headerFields(columns: readonly { readonly name: string }[], file: FileSettings): string[] {
  return file.header ? columns.map(({ name }) => headerField(name, file)) : []
}

function headerField(name: string, file: FileSettings): string {
  const { delimiter, escape, headerQuote, nullText, quote } = file
  const hasEscape = escape !== '"'
  const special = [delimiter, '\n', '\r', ...(hasEscape ? [escape] : [])]
  if (quote !== 'none' || headerQuote !== 'none') special.push('"')
  const isPlain = !special.some((text) => name.includes(text)) && (name !== nullText || headerQuote !== 'needed')
  if (headerQuote === 'all' || (headerQuote === 'needed' && !isPlain)) return quoted(name, escape)
  if (isPlain) return name
  if (hasEscape)
    return special
      .toSorted((a) => (a === escape ? -1 : 0))
      .reduce((text, character) => text.replaceAll(character, escape + character), name)
  throw new SegueError(
    'SETTING_INVALID',
    `\`headerQuote\` none does not go with the column ${JSON.stringify(name)}: its name is ambiguous without quotes.`,
    {
      errors: [{ pointer: '/headerQuote', message: `the column name ${JSON.stringify(name)} needs quotes` }],
    },
  )
}

function quoted(name: string, escape: string): string {
  const escaped = escape === '"' ? name : name.replaceAll(escape, escape + escape)
  return `"${escaped.replaceAll('"', `${escape}"`)}"`
}
