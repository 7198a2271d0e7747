import type { ParameterType, ParameterValue } from '../contract/objects.ts'

const textOf: Readonly<Record<ParameterType, RegExp>> = {
  text: /^[^]*$/,
  integer: /^[+-]?\d+$/,
  decimal: /^[+-]?(\d+\.?\d*|\.\d+)$/,
  double: /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)$/i,
  boolean: /^(true|false)$/i,
  date: /^\d{4,}-\d{2}-\d{2}$/,
  timestamp: /^\d{4,}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}(:?\d{2})?)?)?$/i,
}

/**
 * True where a value can be one of that type, by its form: catches mistakes when they are made. The database has the last word when the
 * value is bound. null fits every type.
 */
export function valueFits(type: ParameterType, value: ParameterValue): boolean {
  if (value === null) return true
  if (typeof value === 'boolean') return type === 'boolean' || type === 'text'
  if (typeof value === 'string') return textOf[type].test(value)
  if (type === 'integer') return Number.isSafeInteger(value)
  return type === 'text' || type === 'decimal' || type === 'double'
}
