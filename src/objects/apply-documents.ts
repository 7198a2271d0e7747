import type { ConfigurationChange, ConfigurationInput } from '../contract/documents.ts'
import type { Actor } from '../contract/objects.ts'
import { changeConfiguration } from '../store/objects/configuration-lock.ts'
import { allObjects } from '../store/objects/objects.ts'
import { listSecrets } from '../store/objects/secrets.ts'
import { changeObject } from './change-object.ts'
import { desiredEdits } from './desired-edits.ts'
import { changeOf } from './document-diff.ts'
import { failWith } from './faults.ts'
import { judgeEdits } from './judge-edits.ts'
import { dependencyOrder } from './kinds/rules.ts'
import { parseDocument } from './parse-document.ts'
import { pictureAfter, pictureOf } from './picture.ts'
import { printedDocument } from './printed-documents.ts'
import type { ObjectsRoom } from './room.ts'
import { openSecrets } from './sealed-secrets.ts'

export interface ApplyOptions {
  /** Without it everything is done and then rolled back: a plan. */
  readonly commit: boolean
  /** Also deletes what files made and these documents do not name. */
  readonly prune: boolean
}

/**
 * Makes the configuration what the documents say, all or nothing, and tells what that changes, in the order in which it is done.
 * Throws the faults of all documents at once; their pointers begin with the document's index.
 */
export function applyDocuments(
  room: ObjectsRoom,
  actor: Actor,
  documents: readonly unknown[],
  { commit, prune }: ApplyOptions,
): Promise<readonly ConfigurationChange[]> {
  const { store, vault, registry, clock } = room
  const parsed = documents.map((document, index) => parseDocument(document, `/${index}`))
  return changeConfiguration(store.db, { commit }, async (tx) => {
    const objects = await allObjects(tx)
    const credentials = objects.filter(({ kind }) => kind === 'credential').map(({ id }) => id)
    const secretRows = Map.groupBy(await listSecrets(tx, credentials), (row) => row.object_id)
    const current = { objects, secretsOf: (id: string) => openSecrets(vault, secretRows.get(id) ?? []) }
    const { edits, sound, faults } = desiredEdits(parsed, current, { prune, registry })
    const before = pictureOf(objects)
    failWith([...faults, ...judgeEdits(registry, before, sound)])
    for (const edit of edits) await changeObject({ tx, vault, actor, at: clock() }, edit)
    const after = pictureAfter(before, edits)
    return edits.flatMap((edit) => {
      const fields = secretRows.get(edit.before?.id ?? '')?.map((row) => row.field)
      return changeOf(edit, before, after, new Set(fields)) ?? []
    })
  })
}

/** Every object as a document, in an order in which each names only earlier ones. Applied again they change nothing. */
export function exportDocuments({ store }: ObjectsRoom): Promise<readonly ConfigurationInput[]> {
  return store.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const { objects, nameOf } = pictureOf(await allObjects(tx))
      const credentials = objects.filter(({ kind }) => kind === 'credential').map(({ id }) => id)
      const secretRows = Map.groupBy(await listSecrets(tx, credentials), (row) => row.object_id)
      const byName = objects.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      return dependencyOrder
        .flatMap((kind) => byName.filter((object) => object.kind === kind))
        .map((object) => printedDocument(object, nameOf, new Map(secretRows.get(object.id)?.map((row) => [row.field, row.reference]))))
    })
}
