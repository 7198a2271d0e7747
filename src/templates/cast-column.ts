import { isTimestamp, parseColumnType, type ColumnType } from '../contract/column-type.ts'
import type { SegueError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'
import { isoTimestamp, sqlText } from '../contract/sql-text.ts'

/** A column on its way through a mapping. */
export interface MappedValue {
  readonly expression: string
  readonly type: ColumnType
  /** A condition that is true where the row must be rejected; null where that cannot be. */
  readonly fails: string | null
}

const castTypes: Readonly<Record<string, string>> = {
  text: 'VARCHAR',
  smallint: 'SMALLINT',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  uuid: 'UUID',
}

type Invalid = (reason: string) => SegueError

/**
 * A column cast to one of the allowed types. A value that the type cannot hold fails, and so does one that would be rounded to fit an
 * integer or a decimal; doubles may be rounded to the places of a decimal, as they have no exact ones.
 */
export function castColumn(value: MappedValue, cast: string, invalid: Invalid): MappedValue {
  const type = parseColumnType(targetType(cast, invalid))
  if (type.text === value.type.text) return value
  if (type.text === 'VARCHAR') return { expression: asText(value), type, fails: value.fails }
  const converted = `TRY_CAST(${castable(value, type)} AS ${type.text})`
  const tests = [`${converted} IS NULL`, ...inexact(value, type, converted)]
  return { expression: converted, type, fails: `${value.expression} IS NOT NULL AND (${tests.join(' OR ')})` }
}

function targetType(cast: string, invalid: Invalid): string {
  const wanted = cast.trim().toLowerCase()
  const decimal = /^decimal\s*\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/.exec(wanted)
  if (decimal !== null) {
    const [precision, scale] = [Number(decimal[1]), Number(decimal[2])]
    if (precision < 1 || precision > 38 || scale > precision)
      throw invalid(`there is no decimal of ${precision} digits, ${scale} of them after the point; 38 digits are the most.`)
    return `DECIMAL(${precision},${scale})`
  }
  const known = Object.hasOwn(castTypes, wanted) ? castTypes[wanted] : undefined
  if (known !== undefined) return known
  const names = [...Object.keys(castTypes), 'decimal(12,2)']
  throw invalid(`there is no cast to "${cast}"; there are ${names.join(', ')}.${nearest(wanted, names)}`)
}

function asText({ type, expression }: MappedValue): string {
  if (type.kind === 'scalar' && isTimestamp(type)) return isoTimestamp(type.name, expression)
  if (type.kind === 'scalar' && type.name === 'BLOB') return `to_base64(${expression})`
  return type.kind === 'scalar' ? `CAST(${expression} AS VARCHAR)` : `CAST(to_json(${expression}) AS VARCHAR)`
}

/** Instants lose their zone in UTC, whatever the session's zone is; doubles become decimals by their shortest text. */
function castable({ type, expression }: MappedValue, target: ColumnType): string {
  const isInstant = type.kind === 'scalar' && type.name === 'TIMESTAMP WITH TIME ZONE'
  if (isInstant && (target.text === 'TIMESTAMP' || target.text === 'DATE' || target.text === 'TIME'))
    return `(${expression} AT TIME ZONE 'UTC')`
  if (isFloat(type) && target.text.startsWith('DECIMAL')) return `CAST(${expression} AS VARCHAR)`
  return expression
}

/** Conditions for values that the engine would round without a word. */
function inexact({ type, expression }: MappedValue, target: ColumnType, converted: string): string[] {
  const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(target.text)?.[1]
  const isInteger = ['SMALLINT', 'INTEGER', 'BIGINT'].includes(target.text)
  if (!isInteger && scale === undefined) return []
  if (type.kind === 'scalar' && (type.name === 'VARCHAR' || type.name === 'JSON')) {
    const places = Number(scale ?? 0)
    const pattern = `^\\s*[+-]?(\\d+(\\.\\d{0,${places}}0*)?${places > 0 ? `|\\.\\d{1,${places}}0*` : ''})\\s*$`
    return [`NOT regexp_matches(${expression}, ${sqlText(pattern)})`]
  }
  if (isFloat(type)) return isInteger ? [`${expression} <> trunc(${expression})`] : []
  // Back in the type that it came from: a comparison of two decimals would look for a third type that holds both, and may fail.
  return type.kind === 'scalar' && type.name === 'DECIMAL' ? [`TRY_CAST(${converted} AS ${type.text}) IS DISTINCT FROM ${expression}`] : []
}

function isFloat(type: ColumnType): boolean {
  return type.kind === 'scalar' && (type.name === 'DOUBLE' || type.name === 'FLOAT')
}
