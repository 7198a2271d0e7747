import { SegueError } from '../contract/errors.ts'
import type { ObjectKind, StoredObject } from '../contract/objects.ts'
import { insertFact, listFacts } from '../store/objects/facts.ts'
import { listObjects } from '../store/objects/objects.ts'
import { listRevisions } from '../store/objects/revisions.ts'
import { listSecrets } from '../store/objects/secrets.ts'
import { applyDocuments, exportDocuments } from './apply-documents.ts'
import { isKind } from './configured.ts'
import { createObject } from './create-object.ts'
import { activateObject, discardDraft, patchObject, removeObject, restoreRevision } from './edit-object.ts'
import { requireObject } from './find-object.ts'
import { cursorAfter, placeOf } from './list-cursor.ts'
import { settingsAfterLayering } from './resolved-settings.ts'
import type { ObjectsRoom } from './room.ts'
import { openSecrets } from './sealed-secrets.ts'
import type { Objects, ObjectView } from './service.ts'
import { viewsOf } from './views.ts'

/** The rules of configuration, over a store. */
export function createObjects(room: ObjectsRoom): Objects {
  const { db } = room.store

  async function viewOf<K extends ObjectKind>(kind: K, object: StoredObject | null): Promise<ObjectView<K>> {
    const [view] = await viewsOf(db, object ? [object] : [])
    if (isViewOf(view, kind)) return view
    throw new SegueError('INTERNAL', `A change of a ${kind} gave another object.`)
  }

  return {
    list: async (kind, { limit, cursor, search }) => {
      const after = cursor === undefined ? null : placeOf(cursor)
      if (search?.includes('\0')) return { items: [], next: null }
      const found = await listObjects(db, kind, { limit: limit + 1, after, search })
      const page = await viewsOf(db, found.slice(0, limit))
      const last = page.at(-1)
      return { items: page.filter((view) => isViewOf(view, kind)), next: found.length > limit && last ? cursorAfter(last) : null }
    },
    get: async (kind, reference) => viewOf(kind, await requireObject(db, kind, reference)),
    create: async (kind, actor, input) => viewOf(kind, await createObject(room, actor, kind, input)),
    change: async (kind, actor, reference, version, input) =>
      viewOf(kind, await patchObject(room, { actor, kind, reference, version }, input)),
    remove: (kind, actor, reference, version) => removeObject(room, { actor, kind, reference, version }),
    activate: async (kind, actor, reference, version) => viewOf(kind, await activateObject(room, { actor, kind, reference, version })),
    discard: async (kind, actor, reference, version) => viewOf(kind, await discardDraft(room, { actor, kind, reference, version })),
    revisions: async (kind, reference) => {
      const { id } = await requireObject(db, kind, reference)
      return listRevisions(db, id)
    },
    restore: async (kind, actor, reference, version, revision) =>
      viewOf(kind, await restoreRevision(room, { actor, kind, reference, version }, revision)),
    resolvedSettings: (orchestration) => settingsAfterLayering(room, orchestration),
    secretsOf: async (credentialId) => {
      const secrets = openSecrets(room.vault, await listSecrets(db, [credentialId]))
      return Object.fromEntries([...secrets].map(([field, { value }]) => [field, value]))
    },
    remember: (objectId, fact, value) => insertFact(db, objectId, fact, value),
    remembered: async (objectId) => Object.fromEntries((await listFacts(db, objectId)).map(({ fact, value }) => [fact, value])),
    apply: (actor, documents, options) => applyDocuments(room, actor, documents, options),
    export: () => exportDocuments(room),
  }
}

function isViewOf<K extends ObjectKind>(view: ObjectView | undefined, kind: K): view is ObjectView<K> {
  return isKind(view, kind)
}
