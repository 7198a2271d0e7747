import { IANAZone } from 'luxon'
import { isNumber, isTimestamp, parseColumnType, type ColumnType } from '../contract/column-type.ts'
import type { SegueError } from '../contract/errors.ts'
import { sqlText } from '../contract/sql-text.ts'
import type { MappedValue } from './cast-column.ts'
import { parseDatePattern } from './date-pattern.ts'

type Invalid = (reason: string) => SegueError

/**
 * A column in a format: numbers `0.00`, `0,00`, `#,##0.00`, `#.##0,00`, `0000`; dates and timestamps `yyyy-MM-dd HH:mm`, with a zone after a bar
 * (`yyyy-MM-dd HH:mm | Europe/Berlin`; timestamps without a zone are taken for UTC); booleans `Y/N`.
 * A format rounds half away from zero, as it is asked to; a number that it cannot hold, or an infinite date, fails.
 */
export function formatColumn(value: MappedValue, format: string, invalid: Invalid): MappedValue {
  const { type } = value
  if (isNumber(type)) return formatNumber(value, format, invalid)
  if (type.kind === 'scalar' && (type.name === 'DATE' || isTimestamp(type))) return formatDate(value, format, invalid)
  if (type.kind === 'scalar' && type.name === 'BOOLEAN') return formatBoolean(value, format, invalid)
  throw invalid(`the format "${format}" is for numbers, dates, timestamps and booleans; give the column a \`cast\` first.`)
}

interface NumberPattern {
  readonly leastDigits: number
  readonly group: string
  readonly point: string
  readonly places: number
}

/** A single separator is the decimal one; `#,##0` groups by thousands. Null where the pattern is not understood. */
export function parseNumberPattern(format: string): NumberPattern | null {
  const grouped = /^#([.,' ])##0(?:([.,])(0+))?$/.exec(format)
  if (grouped !== null) {
    const [, group = '', point = '', zeros = ''] = grouped
    return group === point ? null : { leastDigits: 1, group, point, places: zeros.length }
  }
  const plain = /^#?(0+)(?:([.,])(0+))?$/.exec(format)
  return plain && { leastDigits: plain[1]?.length ?? 1, group: '', point: plain[2] ?? '', places: plain[3]?.length ?? 0 }
}

function formatNumber(value: MappedValue, format: string, invalid: Invalid): MappedValue {
  const pattern = parseNumberPattern(format)
  if (pattern === null || pattern.places > 20 || pattern.leastDigits > 30)
    throw invalid(`the number format "${format}" is not understood; write it like 0.00, 0,00, #,##0.00 or #.##0,00.`)
  const { expression, fails } = value
  const type = `DECIMAL(38,${pattern.places})`
  // Through the shortest text, never through a double: 1.005 becomes 1.01.
  const isExact = value.type.kind === 'scalar' && value.type.name !== 'DOUBLE' && value.type.name !== 'FLOAT'
  const rounded = `TRY_CAST(${isExact ? expression : `CAST(${expression} AS VARCHAR)`} AS ${type})`
  const failing = either(fails, `${expression} IS NOT NULL AND ${rounded} IS NULL`)
  // A plain pattern leaves a number: the same text in a delimited file, and a number where the format of the file knows numbers.
  if (pattern.group === '' && pattern.point !== ',' && pattern.leastDigits === 1)
    return { expression: rounded, type: parseColumnType(type), fails: failing }
  return { expression: numberText(rounded, pattern), type: parseColumnType('VARCHAR'), fails: failing }
}

function numberText(rounded: string, { group, leastDigits, places, point }: NumberPattern): string {
  const digits = `split_part(CAST(abs(${rounded}) AS VARCHAR), '.', 1)`
  const padded = leastDigits > 1 ? `lpad(${digits}, CAST(greatest(length(${digits}), ${leastDigits}) AS INTEGER), '0')` : digits
  const separator = sqlText(group)
  const whole =
    group === '' ? padded : `reverse(rtrim(regexp_replace(reverse(${padded}), '(\\d{3})', ${sqlText(`\\1${group}`)}, 'g'), ${separator}))`
  const fraction = places === 0 ? '' : ` || ${sqlText(point)} || split_part(CAST(${rounded} AS VARCHAR), '.', 2)`
  return `CASE WHEN ${rounded} < 0 THEN '-' ELSE '' END || ${whole}${fraction}`
}

function formatDate(value: MappedValue, format: string, invalid: Invalid): MappedValue {
  const [, text = format, zone] = /^(.*?)\s*\|\s*([^|]+?)\s*$/s.exec(format) ?? []
  const parsed = parseDatePattern(text)
  if (typeof parsed === 'string') throw invalid(parsed)
  if (zone !== undefined && !IANAZone.isValidZone(zone)) throw invalid(`there is no time zone "${zone}".`)
  if (zone !== undefined && value.type.text === 'DATE') throw invalid('a date has no time zone.')
  const pattern = parsed.parts.map((part) => (part.literal === null ? part.strftime : part.literal.replaceAll('%', '%%'))).join('')
  const { expression, fails } = value
  return {
    expression: `strftime(${inZone(value.type, expression, zone)}, ${sqlText(pattern)})`,
    type: parseColumnType('VARCHAR'),
    fails: either(fails, `NOT isfinite(${expression})`),
  }
}

function inZone(type: ColumnType, expression: string, zone: string | undefined): string {
  const isInstant = type.kind === 'scalar' && type.name === 'TIMESTAMP WITH TIME ZONE'
  if (zone === undefined) return isInstant ? `(${expression} AT TIME ZONE 'UTC')` : expression
  const instant = isInstant ? expression : `(CAST(${expression} AS TIMESTAMP) AT TIME ZONE 'UTC')`
  return `(${instant} AT TIME ZONE ${sqlText(zone)})`
}

function formatBoolean({ expression, fails }: MappedValue, format: string, invalid: Invalid): MappedValue {
  const [, yes, no] = /^([^/]+)\/([^/]+)$/.exec(format) ?? []
  if (yes === undefined || no === undefined)
    throw invalid(`the format "${format}" of a boolean is two texts with a slash between, like Y/N.`)
  return {
    expression: `CASE ${expression} WHEN true THEN ${sqlText(yes)} WHEN false THEN ${sqlText(no)} END`,
    type: parseColumnType('VARCHAR'),
    fails,
  }
}

function either(first: string | null, second: string): string {
  return first === null ? second : `coalesce(${first}, false) OR (${second})`
}
