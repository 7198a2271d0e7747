/** Changes of one object that is there already: each is decided here, then judged and written in the same transaction. */
import { isDeepStrictEqual } from 'node:util'
import type { Transaction } from 'kysely'
import { z } from 'zod'
import { SegueError } from '../contract/errors.ts'
import { specs, type Actor, type ObjectKind, type Specs, type StoredObject } from '../contract/objects.ts'
import { changeConfiguration } from '../store/objects/configuration-lock.ts'
import { findRevision } from '../store/objects/revisions.ts'
import { listSecrets } from '../store/objects/secrets.ts'
import type { Tables } from '../store/tables.ts'
import { versionConflict } from './change-object.ts'
import { called } from './configured.ts'
import { editFromDocument } from './edit-from-document.ts'
import type { Edit, EditAction } from './edits.ts'
import { failWith } from './faults.ts'
import { requireObject } from './find-object.ts'
import { withoutIdleDraft, type Lifecycle } from './kinds/lifecycle.ts'
import { rulesOf } from './kinds/rules.ts'
import { loadPicture } from './load-picture.ts'
import { parseDocument } from './parse-document.ts'
import { namesInDocument } from './names-in-document.ts'
import { atSentPlaces, patchDocument } from './patch-document.ts'
import { plainJson } from './plain-json.ts'
import { printedDocument } from './printed-documents.ts'
import { carryOut, type ObjectsRoom } from './room.ts'
import { noSecretChanges } from './secret-changes.ts'
import { openSecrets } from './sealed-secrets.ts'

/** Which object is changed, by whom, and which version of it they saw. */
export interface Target<K extends ObjectKind = ObjectKind> {
  readonly actor: Actor
  readonly kind: K
  readonly reference: string
  readonly version: number
}

type LifecycleKind = 'query' | 'export'
type Decide<K extends ObjectKind> = (tx: Transaction<Tables>, current: StoredObject<K>) => Promise<Edit | null>

/** Does what `decide` says to the object; gives it back as it was where there is nothing to do, and null where it was deleted. */
async function editObject<K extends ObjectKind>(
  room: ObjectsRoom,
  { actor, kind, reference, version }: Target<K>,
  decide: Decide<K>,
): Promise<StoredObject | null> {
  return changeConfiguration(room.store.db, { commit: true }, async (tx) => {
    const current = await requireObject(tx, kind, reference)
    if (current.version !== version) throw versionConflict(current, version)
    const edit = await decide(tx, current)
    if (!edit) return current
    const touched = edit.after
      ? rulesOf(kind)
          .references(edit.after.spec as Specs[K])
          .map(({ id }) => id)
      : []
    const { picture } = await loadPicture(tx, [current.id, ...touched], [])
    return carryOut(room, tx, actor, picture, edit)
  })
}

/** Changes any fields of an object; see service.ts for what goes to the draft. Throws every fault of the input at once. */
export function patchObject(room: ObjectsRoom, target: Target, input: unknown): Promise<StoredObject | null> {
  return editObject(room, target, async (tx, current) => {
    const { value: change, faults: notJson } = plainJson(input, '')
    failWith(notJson)
    const { kind } = target
    const { picture, names } = await loadPicture(tx, [current.id], namesInDocument(kind, change))
    const rows = kind === 'credential' ? await listSecrets(tx, [current.id]) : []
    const document = printedDocument(current, picture.nameOf, new Map(rows.map((row) => [row.field, row.reference])))
    const patched = patchDocument(document, change)
    const parsed = parseDocument(patched.document, '')
    failWith([...patched.faults, ...atSentPlaces(patched, parsed.faults)])
    if (!parsed.document) return null
    const placed = { document: parsed.document, at: '', existing: current, id: current.id, secrets: openSecrets(room.vault, rows) }
    const { edit, faults } = editFromDocument(placed, { action: 'change', registry: room.registry, names, managedBy: current.managedBy })
    failWith(atSentPlaces(patched, faults))
    return edit
  })
}

/** Deletes an object. Throws IN_USE, RUN_ACTIVE. */
export async function removeObject(room: ObjectsRoom, target: Target): Promise<void> {
  await editObject(room, target, async (_tx, before) => ({ action: 'delete', before, after: null, secrets: noSecretChanges, at: '' }))
}

/** Moves the content of a query or export between draft and active; null from `move` where there is nothing to do. */
function moveContent(
  room: ObjectsRoom,
  target: Target<LifecycleKind>,
  action: EditAction,
  move: (spec: Lifecycle<unknown>, current: StoredObject, tx: Transaction<Tables>) => Promise<Lifecycle<unknown>> | Lifecycle<unknown>,
): Promise<StoredObject | null> {
  return editObject(room, target, async (tx, current) => {
    const moved = withoutIdleDraft(await move(current.spec, current, tx))
    const spec = { ...current.spec, ...moved } as Specs[LifecycleKind]
    if (isDeepStrictEqual(spec, current.spec)) return null
    const { id, kind, name, managedBy } = current
    return { action, before: current, after: { id, kind, name, spec, managedBy }, secrets: noSecretChanges, at: '' }
  })
}

/** Publishes the draft. Throws NO_DRAFT. */
export function activateObject(room: ObjectsRoom, target: Target<LifecycleKind>): Promise<StoredObject | null> {
  return moveContent(room, target, 'activate', ({ draft }, current) => {
    if (draft === null) throw new SegueError('NO_DRAFT', `The ${called(current)} has no draft to activate.`)
    return { active: draft, draft: null }
  })
}

/** Drops the draft beside an active one. Throws NO_DRAFT, and ONLY_DRAFT where nothing would be left. */
export function discardDraft(room: ObjectsRoom, target: Target<LifecycleKind>): Promise<StoredObject | null> {
  return moveContent(room, target, 'discard', ({ active, draft }, current) => {
    if (draft === null) throw new SegueError('NO_DRAFT', `The ${called(current)} has no draft to discard.`)
    if (active === null) throw new SegueError('ONLY_DRAFT', `The ${called(current)} was never activated; its draft is all there is.`)
    return { active, draft: null }
  })
}

/** Makes a draft from the content that was active at a revision. Throws NOT_FOUND where there was none. */
export function restoreRevision(room: ObjectsRoom, target: Target<LifecycleKind>, revision: number): Promise<StoredObject | null> {
  return moveContent(room, target, 'restore', async ({ active }, current, tx) => {
    const row = await findRevision(tx, current.id, revision)
    const body = z.object({ spec: specs[target.kind] }).safeParse(row?.after)
    if (!row || !body.success) throw new SegueError('NOT_FOUND', `The ${called(current)} has no revision ${revision}.`)
    if (body.data.spec.active === null)
      throw new SegueError('NOT_FOUND', `Nothing was active in ${called(current)} at revision ${revision}.`)
    return { active, draft: body.data.spec.active }
  })
}
