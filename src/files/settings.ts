import { z } from 'zod'
import { SegueError } from '../contract/errors.ts'
import type { FileFormat, FileSettings } from '../contract/files.ts'
import { layers, settingMeta } from '../contract/settings.ts'
import type { SettingMeta, SettingsShape } from '../contract/settings.ts'

const setting = <S extends z.ZodType>(schema: S, meta: SettingMeta): S => {
  settingMeta.add(schema, { ...meta, layers })
  return schema
}
const later = <S extends z.ZodType>(schema: S, title: string): S => setting(schema, { title, later: true })

/** DuckDB crashes on a delimiter beyond ASCII, so that the schema keeps to it; a letter or digit would cut ordinary values. */
const delimiter = z
  .string()
  .regex(/^[\t\x20-\x7e]$/, 'must be one printable ASCII character or a tab')
  .regex(/^[^"A-Za-z0-9]$/, 'must not be a quote, letter or digit')
const escape = z
  .string()
  .regex(/^[\x21-\x7e]$/, 'must be one printable ASCII character')
  .regex(/^[^A-Za-z0-9.+-]$/, 'must not be a letter or digit, nor "." "+" "-"')
const nullText = z
  .string()
  .max(64)
  .regex(/^\P{C}*$/u, 'must not hold control characters')
  .regex(/^[^"]*$/, 'must not hold a quote')

const schemas = {
  format: setting(z.enum(['csv', 'tsv', 'psv', 'ndjson', 'parquet']).default('csv'), {
    title: 'Format',
    help: 'csv, tsv (tab) and psv (pipe) are delimited text; ndjson is one JSON object a line.',
  }),
  delimiter: setting(delimiter.optional(), {
    title: 'Delimiter',
    help: 'One character between the values. Default: a comma; tsv and psv set their own.',
  }),
  header: setting(z.boolean().optional(), { title: 'Header', help: 'A first line with the names of the columns. Default: on.' }),
  headerQuote: setting(z.enum(['all', 'needed', 'none']).optional(), { title: 'Quotes in the header', help: 'Default: like the values.' }),
  quote: setting(z.enum(['all', 'non_null', 'needed', 'non_numeric', 'none']).optional(), {
    title: 'Quotes',
    help: 'Which values stand in quotes. Default: needed. With none, a row whose value would be ambiguous is rejected, unless an escape is set.',
  }),
  escape: setting(escape.optional(), {
    title: 'Escape',
    help: 'How a quote inside quotes is written: " doubles it (default), another character stands before it.',
  }),
  nullText: setting(nullText.optional(), {
    title: 'Text for NULL',
    help: 'Default: nothing. An empty string stays distinct from NULL where quotes allow it.',
  }),
  lineEnding: setting(z.enum(['lf', 'crlf']).optional(), { title: 'Line ending', help: 'Default: lf.' }),
  fileName: setting(z.string().min(1).max(1000).optional(), {
    title: 'File name',
    help: "A template: customers_{{ now | format: 'yyyy-MM-dd' }}.csv. Slashes make folders. An export of several tables needs {{ table }}.",
  }),
  // A repeated run of the same inputs makes the same name (`now` is fixed for a run), so that replacing makes it repeatable;
  // the default name holds the time, so that two runs do not meet.
  existing: setting(z.enum(['fail', 'replace', 'number']).default('replace'), {
    title: 'Where a file of that name exists',
    help: 'fail, replace it, or take the next free number.',
  }),
  emptyResult: setting(z.enum(['send', 'skip', 'fail']).default('send'), {
    title: 'Where the result is empty',
    help: 'send an empty file (with its header), send nothing, or fail the run.',
  }),
  compression: later(z.literal('none').optional(), 'Compression'),
  encoding: later(z.literal('utf-8').optional(), 'Encoding'),
  encryption: later(z.literal('none').optional(), 'Encryption'),
  formulaGuard: later(z.literal('off').optional(), 'Formula guard'),
  rowNumber: later(z.literal(false).optional(), 'Row number'),
}

/** Every setting of rendered files. File destinations add them to their own, so that any layer may set them. */
export const fileSettings: SettingsShape = schemas

/** The settings of files.md that this version refuses by name (NOT_AVAILABLE); those in `fileSettings` accept the value that changes nothing. */
export const laterFileSettings: readonly string[] = [
  ...Object.entries(schemas).flatMap(([name, schema]) => (settingMeta.get(schema)?.later ? [name] : [])),
  ...['sort', 'split', 'successFile', 'controlFile'],
]

const schema = z.object(schemas)
type GivenSettings = z.infer<typeof schema>

/**
 * File settings ready for use, from the values after layering (other keys, those of the destination itself, are left alone).
 * Throws NOT_AVAILABLE for a setting of a later version, and SETTING_INVALID for a wrong value and for settings that do not go together.
 */
export function parseFileSettings(values: Readonly<Record<string, unknown>>): FileSettings {
  for (const name of laterFileSettings) {
    const value = values[name]
    if (value !== undefined && !fileSettings[name]?.safeParse(value).success) {
      throw new SegueError('NOT_AVAILABLE', `The file setting \`${name}\` (${JSON.stringify(value)}) is not in this version yet.`)
    }
  }
  const parsed = schema.safeParse(values)
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => ({ pointer: `/${issue.path.join('/')}`, message: issue.message }))
    throw new SegueError('SETTING_INVALID', parsed.error.issues.map((issue) => `\`${issue.path.join('.')}\` ${issue.message}`).join('; '), {
      errors,
    })
  }
  const given = parsed.data
  refuseWhatDoesNotApply(given)
  const settings = complete(given)
  if (isDelimited(settings.format)) refuseWhatIsAmbiguous(settings)
  return settings
}

/** True for formats of lines with delimiters. */
export function isDelimited(format: FileFormat): boolean {
  return format !== 'ndjson' && format !== 'parquet'
}

const ownDelimiters: Partial<Record<FileFormat, string>> = { tsv: '\t', psv: '|' }
const headerQuotes = { all: 'all', non_null: 'all', non_numeric: 'all', needed: 'needed', none: 'none' } as const

function complete(given: GivenSettings): FileSettings {
  const quote = given.quote ?? 'needed'
  return {
    format: given.format,
    delimiter: given.delimiter ?? ownDelimiters[given.format] ?? ',',
    header: given.header ?? true,
    headerQuote: given.headerQuote ?? headerQuotes[quote],
    quote,
    escape: given.escape ?? '"',
    nullText: given.nullText ?? '',
    lineEnding: given.lineEnding ?? 'lf',
    fileName: given.fileName ?? defaultFileName(given.format),
    existing: given.existing,
    emptyResult: given.emptyResult,
  }
}

/** Tells the tables of an export apart; where the object is a query, `table` is the query. */
function defaultFileName(format: FileFormat): string {
  return `{{ object | file_safe }}{% if table != object %}_{{ table | file_safe }}{% endif %}_{{ now | format: 'yyyy-MM-dd_HHmmss' }}.${format}`
}

const delimitedOnly = ['delimiter', 'header', 'headerQuote', 'quote', 'escape', 'nullText'] as const

function refuseWhatDoesNotApply(given: GivenSettings): void {
  const { format } = given
  if (!isDelimited(format)) {
    const names = format === 'parquet' ? [...delimitedOnly, 'lineEnding' as const] : delimitedOnly
    const wrong = names.find((name) => given[name] !== undefined)
    if (wrong !== undefined) refuse(wrong, given[wrong], 'format', format, `a ${format} file has none`)
  }
  const own = ownDelimiters[format]
  if (own !== undefined && given.delimiter !== undefined && given.delimiter !== own) {
    refuse('delimiter', given.delimiter, 'format', format, 'that format sets its own; use csv for another')
  }
  if (given.header === false && given.headerQuote !== undefined)
    refuse('headerQuote', given.headerQuote, 'header', false, 'there is no header')
  if (given.quote === 'none' && given.escape === '"') refuse('escape', '"', 'quote', 'none', 'without quotes there is nothing to double')
}

function refuseWhatIsAmbiguous({ delimiter, escape, nullText, quote }: FileSettings): void {
  if (escape === delimiter) refuse('escape', escape, 'delimiter', delimiter, 'they must differ')
  if (nullText.includes(delimiter)) refuse('nullText', nullText, 'delimiter', delimiter, 'the text must not hold the delimiter')
  // Without quotes the value made of the escape character alone would be written like a NULL text of two of them.
  if (quote === 'none' && escape !== '"' && nullText.includes(escape + escape)) {
    refuse('nullText', nullText, 'escape', escape, 'the text must not hold an escaped escape character')
  }
}

function refuse(name: string, value: unknown, otherName: string, other: unknown, why: string): never {
  throw new SegueError(
    'SETTING_INVALID',
    `\`${name}\` ${JSON.stringify(value)} does not go with \`${otherName}\` ${JSON.stringify(other)}: ${why}.`,
    {
      errors: [{ pointer: `/${name}`, message: `does not go with \`${otherName}\` ${JSON.stringify(other)}: ${why}` }],
    },
  )
}
