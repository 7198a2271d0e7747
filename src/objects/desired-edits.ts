/** Decides what a set of documents changes: the edits that make the configuration what the documents say. */
import { isId } from '../contract/ids.ts'
import type { ObjectKind, StoredObject } from '../contract/objects.ts'
import type { Registry } from '../contract/registry.ts'
import { editFromDocument, type Names } from './edit-from-document.ts'
import type { Edit } from './edits.ts'
import type { Fault } from './faults.ts'
import { dependencyOrder, rulesOf } from './kinds/rules.ts'
import { matchDocuments, type MatchedDocument } from './match-documents.ts'
import type { ParsedDocument } from './parse-document.ts'
import { noSecretChanges, type SecretContent } from './secret-changes.ts'

/** What marks an object as made by files; only such objects are pruned. */
export const managedByApply = 'apply'

export interface CurrentConfiguration {
  readonly objects: readonly StoredObject[]
  /** The opened secrets of a credential; none for what is not there yet. */
  secretsOf(credentialId: string): ReadonlyMap<string, SecretContent>
}

export interface DesiredEdits {
  /** In an order in which each edit needs only earlier ones. */
  readonly edits: readonly Edit[]
  /** Those of the edits that can be judged: they rest on nothing that is at fault already. */
  readonly sound: readonly Edit[]
  readonly faults: readonly Fault[]
}

/** The names of the configuration as it would be: those of the documents, then those of objects that stay as they are. */
function desiredNames(matched: readonly MatchedDocument[], staying: readonly StoredObject[]): Names {
  const ids = new Map<string, string>()
  for (const { kind, name, id } of [...staying, ...matched]) ids.set(`${kind} ${name}`, id)
  const present = new Set(ids.values())
  return {
    idOf: (kind, reference) =>
      isId(kind, reference) ? (present.has(reference) ? reference : null) : (ids.get(`${kind} ${reference}`) ?? null),
    known: (kind) => [...staying, ...matched].filter((object) => object.kind === kind).map(({ name }) => name),
  }
}

/** Edits of one kind, so that a name is free before something else takes it. */
function byFreedNames(edits: readonly Edit[]): Edit[] {
  const isRename = ({ before, after }: Edit): boolean => before !== null && after !== null && before.name !== after.name
  const held = new Set(edits.filter(isRename).map(({ before }) => before?.name))
  const ordered: Edit[] = []
  let waiting = edits
  while (waiting.length > 0) {
    const blocked = waiting.filter((edit) => {
      if ((isRename(edit) || !edit.before) && held.has(edit.after?.name)) return true
      if (isRename(edit)) held.delete(edit.before?.name)
      ordered.push(edit)
      return false
    })
    if (blocked.length === waiting.length) return [...ordered, ...blocked]
    waiting = blocked
  }
  return ordered
}

/** Writes before deletions; of the first, what is named before what names it; of the second the other way round. */
function inOrder(edits: readonly Edit[]): Edit[] {
  const ofKind = (kind: ObjectKind): Edit[] => edits.filter((edit) => (edit.after ?? edit.before)?.kind === kind)
  const writes = dependencyOrder.flatMap((kind) => byFreedNames(ofKind(kind).filter((edit) => edit.after)))
  const deletions = dependencyOrder.toReversed().flatMap((kind) => ofKind(kind).filter((edit) => !edit.after))
  return [...writes, ...deletions]
}

/** Edits that do not rest on an object that is at fault. What uses an object to be deleted can be told only where none is. */
function soundOnes(ordered: readonly Edit[], unsound: ReadonlySet<string>): Edit[] {
  const without = new Set(unsound)
  return ordered.filter(({ after }) => {
    if (!after) return unsound.size === 0
    const isSound =
      !without.has(after.id) &&
      rulesOf(after.kind)
        .references(after.spec)
        .every(({ id }) => !without.has(id))
    if (!isSound) without.add(after.id)
    return isSound
  })
}

/** The edits of the documents, and with `prune` the deletion of what files made and these do not name. */
export function desiredEdits(
  parsed: readonly ParsedDocument[],
  current: CurrentConfiguration,
  { prune, registry }: { readonly prune: boolean; readonly registry: Registry },
): DesiredEdits {
  const { matched, faults: matchFaults } = matchDocuments(parsed, current.objects)
  const faults = [...parsed.flatMap((document) => document.faults), ...matchFaults]
  const named = new Set(matched.map(({ id }) => id))
  const isPruned = ({ id, managedBy }: StoredObject): boolean => prune && managedBy === managedByApply && !named.has(id)
  const pruned = current.objects.filter(isPruned)
  const staying = current.objects.filter((object) => !named.has(object.id) && !isPruned(object))
  const names = desiredNames(matched, staying)
  const unsound = new Set<string>()
  const edits = matched.flatMap(({ parsed: { document, at }, existing, id }): Edit[] => {
    const placed = document && { document, at, existing, id, secrets: current.secretsOf(id) }
    const made = placed && editFromDocument(placed, { action: 'apply', registry, names, managedBy: managedByApply })
    faults.push(...(made?.faults ?? []))
    if (!made || made.faults.length > 0) unsound.add(id)
    return made?.edit ? [made.edit] : []
  })
  const deletions = pruned.map((before): Edit => ({ action: 'prune', before, after: null, secrets: noSecretChanges, at: '' }))
  const ordered = inOrder([...edits, ...deletions])
  return { edits: ordered, sound: soundOnes(ordered, unsound), faults }
}
