/** Which object each document of a set is about. */
import { newId } from '../contract/ids.ts'
import type { ObjectKind, StoredObject } from '../contract/objects.ts'
import { called } from './configured.ts'
import type { Fault } from './faults.ts'
import type { ParsedDocument } from './parse-document.ts'

/** A document whose kind and name can be read, even if more of it cannot. */
export interface MatchedDocument {
  readonly parsed: ParsedDocument
  readonly kind: ObjectKind
  readonly name: string
  readonly existing: StoredObject | null
  /** Its object's id, new where there is none yet. */
  readonly id: string
}

type Named = ParsedDocument & { readonly kind: ObjectKind; readonly name: string }

const keyOf = (kind: ObjectKind, name: string): string => `${kind} ${name}`

function isNamed(parsed: ParsedDocument): parsed is Named {
  return parsed.kind !== null && parsed.name !== null
}

/** Documents that name the same object, or rename the same one. */
function repeated(documents: readonly Named[], nameOf: (document: Named) => string | null, what: string, field: string): Fault[] {
  const first = new Map<string, Named>()
  return documents.flatMap((document): Fault[] => {
    const name = nameOf(document)
    if (name === null) return []
    const key = keyOf(document.kind, name)
    const earlier = first.get(key)
    if (!earlier) first.set(key, document)
    return earlier
      ? [
          {
            code: 'INVALID',
            pointer: `${document.at}/${field}`,
            message: `Two documents ${what} ${key}; the other one is at ${earlier.at}.`,
          },
        ]
      : []
  })
}

/**
 * The objects that get another name, by the key of the new one. A name is free for a rename where nobody has it, or where its owner is
 * renamed as well; so each rename may free the next.
 */
function renames(documents: readonly Named[], stored: ReadonlyMap<string, StoredObject>): ReadonlyMap<string, StoredObject> {
  const renamed = new Map<string, StoredObject>()
  const leaving = new Set<StoredObject>()
  for (let found = -1; found !== renamed.size;) {
    found = renamed.size
    for (const { kind, name, previousName } of documents) {
      const key = keyOf(kind, name)
      const owner = stored.get(key)
      const old = previousName === null ? undefined : stored.get(keyOf(kind, previousName))
      if (!old || renamed.has(key) || leaving.has(old) || (owner && !leaving.has(owner))) continue
      renamed.set(key, old)
      leaving.add(old)
    }
  }
  return renamed
}

/**
 * Finds the object of each document by its name, or by the name that it had before (`previousName`), which is a hint: where the rename has
 * been done already, or was never needed, it says nothing.
 */
export function matchDocuments(
  parsed: readonly ParsedDocument[],
  objects: readonly StoredObject[],
): { readonly matched: readonly MatchedDocument[]; readonly faults: readonly Fault[] } {
  const documents = parsed.filter(isNamed)
  const faults = [
    ...repeated(documents, ({ name }) => name, 'are called', 'name'),
    ...repeated(documents, ({ previousName }) => previousName, 'rename', 'previousName'),
  ]
  const stored = new Map(objects.map((object) => [keyOf(object.kind, object.name), object]))
  const namedInSet = new Set(documents.map(({ kind, name }) => keyOf(kind, name)))
  const renamed = renames(documents, stored)
  const leaving = new Set(renamed.values())
  const matched = documents.map((document): MatchedDocument => {
    const { kind, name, previousName, at } = document
    const owner = stored.get(keyOf(kind, name))
    const own = owner && !leaving.has(owner) ? owner : undefined
    const left = previousName === null ? undefined : stored.get(keyOf(kind, previousName))
    if (own && left && own !== left && !namedInSet.has(keyOf(kind, left.name))) {
      faults.push({
        code: 'NAME_TAKEN',
        pointer: `${at}/name`,
        message: `${called(left)} cannot be renamed: there is a ${kind} called "${name}" already.`,
      })
    }
    const existing = renamed.get(keyOf(kind, name)) ?? own ?? null
    return { parsed: document, kind, name, existing, id: existing?.id ?? newId(kind) }
  })
  return { matched, faults }
}
