/** How an answer is read: the settings that say what a success is, and what became of each row. */
import { z } from 'zod'
import { jsonPointer, valueAt } from './json-pointer.ts'

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

/** Something that must hold of an answer, or of an entry of its results. */
export const condition = z.union([
  z.strictObject({ pointer: jsonPointer, equals: z.union([scalar, z.array(scalar).min(1)]) }),
  z.strictObject({ pointer: jsonPointer, exists: z.boolean() }),
])
export type Condition = z.infer<typeof condition>

/** True where the condition holds of that JSON value. A value that is not there equals nothing, not even null. */
export function holds(rule: Condition, of: unknown): boolean {
  const value = valueAt(of, rule.pointer)
  if ('exists' in rule) return (value !== undefined) === rule.exists
  return [rule.equals].flat().some((expected) => expected === value)
}

/** These speak of the request, not of the rows. */
const neverOfTheRows: readonly number[] = [401, 403, 407, 408, 425, 429]
const ofTheRows = (status: number): boolean => !neverOfTheRows.includes(status)
const notOfTheRows = `must not be one of ${neverOfTheRows.join(', ')}: they say nothing of the rows`

/** A success is 2xx, or a single 4xx that means "it is there already"; the others have meanings of their own (status-failure.ts). */
export const successStatuses = z
  .array(
    z.union([
      z
        .int()
        .min(200)
        .max(499)
        .refine((status) => status < 300 || status >= 400, 'must not be a redirect')
        .refine(ofTheRows, notOfTheRows),
      z.string().refine((range) => /^2\d\d-2\d\d$/.test(range) && range.slice(0, 3) <= range.slice(4), 'must be a range such as "200-299"'),
    ]),
  )
  .min(1)
  .max(50)

/** True where a list of statuses and ranges names that status. */
export function includesStatus(statuses: readonly (number | string)[], status: number): boolean {
  return statuses.some((entry) => {
    if (typeof entry === 'number') return entry === status
    const [from = 0, to = 0] = entry.split('-').map(Number)
    return status >= from && status <= to
  })
}

export const refusedStatuses = z.array(z.int().min(400).max(499).refine(ofTheRows, notOfTheRows)).max(50)

export const verdictRules = z
  .strictObject({
    results: jsonPointer,
    lists: z.enum(['all', 'errors']).default('all'),
    index: jsonPointer.optional(),
    firstIndex: z.union([z.literal(0), z.literal(1)]).default(0),
    acceptedWhen: condition.optional(),
    code: jsonPointer.optional(),
    reason: jsonPointer.optional(),
    retryCodes: z
      .array(z.union([z.string(), z.number()]))
      .max(100)
      .default([]),
  })
  .superRefine(({ lists, index, acceptedWhen, code, retryCodes }, context) => {
    const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
    if (lists === 'all' && acceptedWhen === undefined) fault('acceptedWhen', 'is needed where the results list all rows')
    if (lists === 'errors' && acceptedWhen !== undefined)
      fault('acceptedWhen', 'does not go with `lists: errors`: no entry there is accepted')
    if (lists === 'errors' && index === undefined) fault('index', 'is needed where the results list errors only')
    if (retryCodes.length > 0 && code === undefined) fault('code', 'is needed to know the codes of `retryCodes`')
  })
export type VerdictRules = z.infer<typeof verdictRules>
