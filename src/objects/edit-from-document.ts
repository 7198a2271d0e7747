/** From a document to the edit that makes an object what the document says. */
import { isDeepStrictEqual } from 'node:util'
import type { ConfigurationDocument } from '../contract/documents.ts'
import { nearest } from '../contract/nearest.ts'
import type { ObjectKind, StoredObject } from '../contract/objects.ts'
import type { Registry } from '../contract/registry.ts'
import { credentialTypes } from './credential-types.ts'
import type { DesiredObject, Edit, EditAction } from './edits.ts'
import { below, type Fault } from './faults.ts'
import { rulesOf } from './kinds/rules.ts'
import { noSecretChanges, secretChanges, type SecretContent } from './secret-changes.ts'

/** Finds objects by what documents call them. */
export interface Names {
  /** The id of an object by name or id; null where there is none. */
  idOf(kind: ObjectKind, reference: string): string | null
  /** Names of the kind that there are, to suggest one. */
  known(kind: ObjectKind): Iterable<string>
}

/** A document with the object that it is about. */
export interface Placed {
  readonly document: ConfigurationDocument
  readonly at: string
  /** The object as it is; null where it is to be made. */
  readonly existing: StoredObject | null
  readonly id: string
  /** The secrets of the object as they are, opened. */
  readonly secrets: ReadonlyMap<string, SecretContent>
}

export interface EditOptions {
  readonly action: EditAction
  readonly registry: Registry
  readonly names: Names
  readonly managedBy: string | null
}

/** The edit of a document, null where the object is like that already; and what in the document cannot be understood. */
export function editFromDocument(
  { document, at, existing, id, secrets }: Placed,
  { action, registry, names, managedBy }: EditOptions,
): { readonly edit: Edit | null; readonly faults: readonly Fault[] } {
  const faults: Fault[] = []
  const spec = rulesOf(document.kind).toSpec(document, {
    current: existing?.spec ?? null,
    note: (fault) => faults.push(fault),
    resolve: (kind, reference, pointer) => {
      const found = names.idOf(kind, reference)
      if (found === null)
        faults.push({ code: 'INVALID', pointer, message: `There is no ${kind} "${reference}".${nearest(reference, names.known(kind))}` })
      return found ?? ''
    },
  })
  const asked =
    document.kind === 'credential' ? secretChanges(document.secrets, secrets, credentialTypes(registry).get(document.type) ?? null) : null
  faults.push(...(asked?.faults ?? []))
  const changes = asked?.changes ?? noSecretChanges
  const after: DesiredObject = { id, kind: document.kind, name: document.name, spec, managedBy }
  const isSame =
    existing?.name === after.name && isDeepStrictEqual(existing.spec, spec) && changes.set.size === 0 && changes.removed.length === 0
  return { edit: isSame ? null : { action, before: existing, after, secrets: changes, at }, faults: below(at, faults) }
}
