import { pointerTo, type Fault } from './faults.ts'

/** Fields of a JSON object. */
export type Fields = Record<string, unknown>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Deeper than any configuration; keeps hostile input from exhausting the stack. */
const deepest = 50

/**
 * A copy of a document with nothing but JSON in it, exactly as the store will give it back: no undefined fields, no -0. Text that
 * PostgreSQL's jsonb cannot hold (NUL, half of a surrogate pair), numbers that JSON cannot, and keys that parsers lose are faults.
 */
export function plainJson(value: unknown, at: string): { readonly value: unknown; readonly faults: readonly Fault[] } {
  const faults: Fault[] = []
  const invalid = (pointer: string, message: string): null => {
    faults.push({ code: 'INVALID', pointer, message })
    return null
  }

  function text(given: string, pointer: string): string | null {
    if (given.includes('\0')) return invalid(pointer, 'The text has a NUL character.')
    return given.isWellFormed() ? given : invalid(pointer, 'The text has half of a surrogate pair.')
  }

  function copy(given: unknown, pointer: string, depth: number): unknown {
    if (given === null || typeof given === 'boolean') return given
    if (typeof given === 'string') return text(given, pointer)
    if (typeof given === 'number') return Number.isFinite(given) ? given + 0 : invalid(pointer, `${given} is not a number of JSON.`)
    if (depth === deepest) return invalid(pointer, 'It is nested too deeply.')
    if (Array.isArray(given)) return given.map((item, index) => copy(item, pointerTo(pointer, index), depth + 1))
    if (typeof given === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(given)))
      return copyFields(given, pointer, depth)
    return invalid(pointer, `${typeof given} is not a type of JSON.`)
  }

  function copyFields(given: object, pointer: string, depth: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(given)) {
      const here = pointerTo(pointer, key)
      if (key === '__proto__') invalid(here, '"__proto__" cannot be a name here.')
      else if (item !== undefined && text(key, here) !== null) fields[key] = copy(item, here, depth + 1)
    }
    return fields
  }

  const plain = copy(value, at, 0)
  return { value: plain, faults }
}
