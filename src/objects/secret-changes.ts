/** The secrets of a credential: what a document asks for, against what there is. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { z } from 'zod'
import type { SecretValue } from '../contract/documents.ts'
import { nearest } from '../contract/nearest.ts'
import { pointerTo, type Fault } from './faults.ts'
import { zodFaults } from './zod-faults.ts'

/** A secret's value with the text of the reference that it came from. */
export interface SecretContent {
  readonly value: string
  readonly reference: string | null
}

export interface SecretChanges {
  /** Fields that get a value. */
  readonly set: ReadonlyMap<string, SecretContent>
  readonly removed: readonly string[]
}

export const noSecretChanges: SecretChanges = { set: new Map(), removed: [] }

/** What a document says of a secret that it leaves alone; the only thing that is ever printed of one without a reference. */
export const secretIsSet = 'set'

const unresolved = /\$\{(env|file):/

/** Compares in a time that does not depend on where the values differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** What a field will hold, or null with a fault where it cannot be told. A reference that is there already is left alone, resolved or not. */
function wantedContent(field: string, given: SecretValue, stored: SecretContent | undefined, faults: Fault[]): SecretContent | null {
  const invalid = (message: string): null => {
    faults.push({ code: 'INVALID', pointer: pointerTo('/secrets', field), message })
    return null
  }
  if (typeof given !== 'string') return given
  if (given === secretIsSet) return stored ?? invalid(`"${secretIsSet}" leaves a secret alone, but "${field}" has none yet.`)
  if (!unresolved.test(given)) return { value: given, reference: null }
  if (stored && stored.reference === given) return stored
  return invalid('The reference is not resolved; the command that applies a file does that.')
}

/** What is wrong with the secrets as a whole. Values are never part of a message. */
function schemaFaults(schema: z.ZodObject, contents: ReadonlyMap<string, SecretContent>): Fault[] {
  const known = Object.keys(schema.shape)
  const unknown = [...contents.keys()].filter((field) => !known.includes(field))
  const values = Object.fromEntries([...contents].filter(([field]) => known.includes(field)).map(([field, { value }]) => [field, value]))
  const parsed = schema.safeParse(values)
  return [
    ...unknown.map((field): Fault => ({
      code: 'UNKNOWN_FIELD',
      pointer: pointerTo('/secrets', field),
      message: `There is no secret "${field}" here.${nearest(field, known)}`,
    })),
    ...(parsed.success ? [] : zodFaults(schema, parsed.error.issues, values, '/secrets')),
  ]
}

/**
 * Decides what happens to the secrets of a credential whose document lists them. `schema` is null where the credential's type is not known,
 * which is a fault of its own.
 */
export function secretChanges(
  wanted: Readonly<Record<string, SecretValue>>,
  stored: ReadonlyMap<string, SecretContent>,
  schema: z.ZodObject | null,
): { readonly changes: SecretChanges; readonly faults: readonly Fault[] } {
  const faults: Fault[] = []
  const contents = new Map<string, SecretContent>()
  for (const [field, given] of Object.entries(wanted)) {
    const content = wantedContent(field, given, stored.get(field), faults)
    if (content) contents.set(field, content)
  }
  if (schema && faults.length === 0) faults.push(...schemaFaults(schema, contents))
  const isKept = ([field, { value, reference }]: [string, SecretContent]): boolean => {
    const before = stored.get(field)
    return before !== undefined && before.reference === reference && isSame(before.value, value)
  }
  return {
    changes: {
      set: new Map([...contents].filter((entry) => !isKept(entry))),
      removed: [...stored.keys()].filter((field) => !(field in wanted)),
    },
    faults,
  }
}

/** The end of a secret, for people to tell one from another; nothing of a value so short that its end would give it away. */
export function lastFour(value: string): string {
  const trimmed = value.trimEnd()
  return trimmed.length >= 12 ? trimmed.slice(-4) : ''
}
