/** Faults of a value that does not fit its Zod schema: one per field, with the nearest name for an unknown one. */
import type { z } from 'zod'
import { nearest } from '../contract/nearest.ts'
import { pointerTo, type Fault } from './faults.ts'

type Path = readonly PropertyKey[]

/** What Zod's definitions hold that lead to the schemas inside. */
interface Inner {
  readonly innerType?: z.core.$ZodType
  readonly element?: z.core.$ZodType
  readonly valueType?: z.core.$ZodType
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
  readonly options?: readonly z.core.$ZodType[]
}

/** The names of the fields that an object at that place may have. */
function knownFields(schema: z.core.$ZodType | undefined, path: Path): string[] {
  if (!schema) return []
  const inner: Inner = schema._zod.def as Inner
  if (inner.options) return inner.options.flatMap((option) => knownFields(option, path))
  if (inner.innerType) return knownFields(inner.innerType, path)
  const [step, ...rest] = path
  if (step === undefined) return Object.keys(inner.shape ?? {})
  return knownFields(inner.shape?.[String(step)] ?? inner.element ?? inner.valueType, rest)
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined),
    input,
  )
}

type Issues = readonly z.core.$ZodIssue[]

/** True where a value is something else altogether: a text in the place of a list. */
function isOfOtherType(issues: Issues): boolean {
  return issues.some(({ path, code }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'))
}

/** The issues of the alternative that was most likely meant: the one with the least at fault. Empty where it is none of them by its type. */
function likeliest(alternatives: readonly Issues[]): Issues {
  const atFault = (issues: Issues): number =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)
  const [first = []] = alternatives.filter((issues) => !isOfOtherType(issues)).toSorted((a, b) => atFault(a) - atFault(b))
  return first
}

/** What an alternative would have taken. */
function expectedBy(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_type') return [issue.expected]
  return issue.code === 'invalid_value' ? issue.values.map((value) => JSON.stringify(value)) : []
}

/** The faults of `input`, which `schema` refused with these issues; `at` is where it stands in what was sent. */
export function zodFaults(schema: z.core.$ZodType, issues: Issues, input: unknown, at: string, above: Path = []): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const path = [...above, ...issue.path]
    if (issue.code === 'unrecognized_keys') {
      const known = knownFields(schema, path)
      return issue.keys.map((key) => ({
        code: 'UNKNOWN_FIELD',
        pointer: pointerTo(at, ...path, key),
        message: `There is no field "${key}" here.${nearest(key, known)}`,
      }))
    }
    const invalid = (message: string): Fault[] => [{ code: 'INVALID', pointer: pointerTo(at, ...path), message }]
    if (valueAt(input, path) === undefined && issue.code !== 'custom') return invalid('It is required.')
    if (issue.code === 'invalid_union') {
      const meant = likeliest(issue.errors)
      if (meant.length > 0) return zodFaults(schema, meant, input, at, path)
      return invalid(`Expected ${[...new Set(issue.errors.flat().flatMap(expectedBy))].join(' or ')}.`)
    }
    const said = issue.message.replace(/^Invalid (input|option|string|key in record): /, '')
    return invalid(`${said.charAt(0).toUpperCase()}${said.slice(1)}.`)
  })
}
