import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampValue,
  HUGEINT,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api'
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api'
import { SegueError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'
import { builtInParameters } from '../contract/objects.ts'
import type { ParameterDeclarations, ParameterType, ParameterValue } from '../contract/objects.ts'

export interface GivenParameters {
  readonly declarations: ParameterDeclarations
  readonly values: Readonly<Record<string, ParameterValue>>
}

/** What a statement is run with: values and their types, by parameter. NULL has no type; DuckDB takes it for any. */
export interface BoundParameters {
  readonly values: Record<string, DuckDBValue>
  readonly types: Record<string, DuckDBType>
}

/**
 * The values to bind for the parameters that a statement uses, in the engine's own types: a value never becomes part of the text.
 * Timestamps are UTC, without a zone, as the session's. Throws PARAMETER_INVALID for one that is not declared, has no value, or has one that
 * is not of its type; and for a value that belongs to no declaration.
 */
export function bindParameters(used: readonly string[], given: GivenParameters): BoundParameters {
  const types = declaredTypes(given.declarations)
  for (const name of Object.keys(given.values)) if (!types.has(name.toLowerCase())) throw undeclared(name, types.keys())
  const bound: BoundParameters = { values: {}, types: {} }
  for (const name of used) {
    if (/^\d+$/.test(name)) throw new SegueError('PARAMETER_INVALID', 'Parameters are named: write $name instead of ? or $1.')
    const type = types.get(name.toLowerCase())
    if (!type) throw undeclared(name, types.keys())
    const value = valueOf(name, given)
    const typed = value === null ? null : convert(name, type, value)
    bound.values[name] = typed ? typed.value : null
    if (typed) bound.types[name] = typed.type
  }
  return bound
}

/** DuckDB takes $Country and $country for one parameter, so names are compared in small letters. */
function declaredTypes(declarations: ParameterDeclarations): ReadonlyMap<string, ParameterType> {
  const declared = Object.entries(declarations).map(([name, one]) => [name, one.type] as const)
  return new Map([...Object.entries(builtInParameters), ...declared].map(([name, type]) => [name.toLowerCase(), type]))
}

function valueOf(name: string, given: GivenParameters): ParameterValue {
  const value = find(given.values, name) ?? find(given.declarations, name)?.default ?? null
  if (value === null && find(given.values, name) === undefined)
    throw new SegueError('PARAMETER_INVALID', `The parameter $${name} has no value.`)
  return value
}

function find<V>(record: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.entries(record).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
}

function undeclared(name: string, known: Iterable<string>): SegueError {
  return new SegueError('PARAMETER_INVALID', `The parameter $${name} is not declared.${nearest(name, known)}`)
}

interface TypedValue {
  readonly value: DuckDBValue
  readonly type: DuckDBType
}

function convert(name: string, type: ParameterType, value: string | number | boolean): TypedValue {
  const converted = converters[type](String(value))
  if (!converted)
    throw new SegueError('PARAMETER_INVALID', `The value ${JSON.stringify(value)} of the parameter $${name} is not ${described[type]}.`)
  return converted
}

const described: Readonly<Record<ParameterType, string>> = {
  text: 'a text of valid Unicode without NUL characters',
  integer: 'a whole number',
  decimal: 'a decimal number of at most 38 digits, such as 12.50',
  double: 'a number',
  boolean: 'true or false',
  date: 'a date, such as 2026-11-23',
  timestamp: 'a time in ISO 8601, such as 2026-11-23T08:30:00Z',
}

const converters: Readonly<Record<ParameterType, (text: string) => TypedValue | null>> = {
  text: (text) => (text.isWellFormed() && !text.includes('\0') ? { value: text, type: VARCHAR } : null),
  integer: parseInteger,
  decimal: parseDecimal,
  double: (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? { value: Number(text), type: DOUBLE } : null),
  boolean: (text) => (text === 'true' || text === 'false' ? { value: text === 'true', type: BOOLEAN } : null),
  date: parseDate,
  timestamp: parseTimestamp,
}

/** The wider type only where it is needed: comparing a column with it would make DuckDB widen the column. */
function parseInteger(text: string): TypedValue | null {
  if (!/^[+-]?\d{1,38}$/.test(text)) return null
  const value = BigInt(text.replace('+', ''))
  return { value, type: BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT }
}

function parseDecimal(text: string): TypedValue | null {
  const match = /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<part>\d*))?$/.exec(text)
  const { sign = '', whole = '', part = '' } = match?.groups ?? {}
  const digits = (whole + part).replace(/^0+(?=\d)/, '')
  if (whole + part === '' || Math.max(digits.length, part.length) > 38) return null
  // Where all digits are behind the point the engine would print no zero before it.
  const width = Math.min(38, Math.max(digits.length, part.length + 1))
  return {
    value: new DuckDBDecimalValue(BigInt(`${sign === '-' ? '-' : ''}${digits}`), width, part.length),
    type: DECIMAL(width, part.length),
  }
}

function parseDate(text: string): TypedValue | null {
  const milliseconds = /^\d{4}-\d\d-\d\d$/.test(text) ? utcMilliseconds(text, '00:00:00') : null
  return milliseconds === null ? null : { value: new DuckDBDateValue(milliseconds / 86_400_000), type: DATE }
}

const isoTime = /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d)?)(?:\.(?<fraction>\d{1,6}))?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/i

function parseTimestamp(text: string): TypedValue | null {
  const match = isoTime.exec(text)
  const { date = '', time = '00:00:00', fraction = '', zone = 'Z' } = match?.groups ?? {}
  const milliseconds = match ? utcMilliseconds(date, time.length === 5 ? `${time}:00` : time) : null
  const offset = zoneMinutes(zone)
  if (milliseconds === null || offset === null) return null
  const microseconds = BigInt(milliseconds - offset * 60_000) * 1000n + BigInt(fraction.padEnd(6, '0'))
  return { value: new DuckDBTimestampValue(microseconds), type: TIMESTAMP }
}

/** Milliseconds since 1970 of a date and a time that exist; JavaScript would take 30 February for a day in March. */
function utcMilliseconds(date: string, time: string): number | null {
  const milliseconds = Date.parse(`${date}T${time}Z`)
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(`${date}T${time}`) ? milliseconds : null
}

function zoneMinutes(zone: string): number | null {
  if (zone.toUpperCase() === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))]
  return hours > 15 || minutes > 59 ? null : (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
