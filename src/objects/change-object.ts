import type { Transaction } from 'kysely'
import { SegueError } from '../contract/errors.ts'
import type { Actor, StoredObject } from '../contract/objects.ts'
import type { Vault } from '../secrets/vault.ts'
import { deleteFacts } from '../store/objects/facts.ts'
import { archiveObject, insertObject, isNameTaken, seizeObject, updateObject } from '../store/objects/objects.ts'
import { deleteReferences, insertReferences } from '../store/objects/references.ts'
import { insertRevision } from '../store/objects/revisions.ts'
import { deleteSecret, deleteSecrets, upsertSecret } from '../store/objects/secrets.ts'
import { findActiveRun } from '../store/runs/runs.ts'
import type { Tables } from '../store/tables.ts'
import { isDeepStrictEqual } from 'node:util'
import type { DesiredObject, Edit } from './edits.ts'
import { errorOf } from './faults.ts'
import { rulesOf } from './kinds/rules.ts'
import { called } from './configured.ts'
import { sealSecret } from './sealed-secrets.ts'

/** What writing a change needs beside the change. */
export interface Writing {
  readonly tx: Transaction<Tables>
  readonly vault: Vault
  readonly actor: Actor
  readonly at: Date
}

/** The error of a change that was made for another version than the one there is. */
export function versionConflict(object: StoredObject, version: number): SegueError {
  return new SegueError('VERSION_CONFLICT', `The ${called(object)} is at version ${object.version}; the change is for version ${version}.`)
}

/** What a revision keeps: everything but the values of secrets. */
function revisionBody(object: StoredObject | DesiredObject, secrets?: Edit['secrets']): object {
  const changed = secrets && [
    ...[...secrets.set.keys()].map((field) => [field, 'set']),
    ...secrets.removed.map((field) => [field, 'removed']),
  ]
  return { name: object.name, spec: object.spec, ...(changed && changed.length > 0 && { secrets: Object.fromEntries(changed) }) }
}

async function archive({ tx, at }: Writing, object: StoredObject): Promise<void> {
  if (object.kind === 'orchestration') {
    await seizeObject(tx, object.id)
    const run = await findActiveRun(tx, object.id)
    if (run) throw new SegueError('RUN_ACTIVE', `The ${called(object)} has an active run, ${run.id}.`, { users: [`run ${run.id}`] })
  }
  if (!(await archiveObject(tx, object.id, object.version, at))) throw versionConflict(object, object.version)
  await deleteReferences(tx, object.id)
  await deleteSecrets(tx, object.id)
  await deleteFacts(tx, object.id)
}

async function put({ tx, at }: Writing, { before, after, at: pointer }: Edit & { after: DesiredObject }): Promise<StoredObject> {
  try {
    const written = before ? await updateObject(tx, after, before.version, at) : await insertObject(tx, after, at)
    if (!written) throw new SegueError('VERSION_CONFLICT', `The ${called(before ?? after)} was changed after version ${before?.version}.`)
    return written
  } catch (error) {
    if (!isNameTaken(error)) throw error
    throw errorOf([{ code: 'NAME_TAKEN', pointer: `${pointer}/name`, message: `There is a ${after.kind} called "${after.name}" already.` }])
  }
}

function settingsOf({ spec }: StoredObject | DesiredObject): unknown {
  return 'settings' in spec ? spec.settings : null
}

/**
 * The one way in which configuration changes: writes the object, its references and secrets, forgets facts that were learned under other
 * settings, and adds the revision. The edit has been judged before (judge-edits.ts). Gives the stored object, or null where it was deleted.
 * Throws NAME_TAKEN, VERSION_CONFLICT, RUN_ACTIVE.
 */
export async function changeObject(writing: Writing, edit: Edit): Promise<StoredObject | null> {
  const { tx, vault, actor, at } = writing
  const { before, after, action, secrets } = edit
  const revision = { action, actor: actor.id, at, before: before && revisionBody(before) }
  if (!after) {
    if (!before) return null
    await archive(writing, before)
    await insertRevision(tx, { ...revision, objectId: before.id, number: before.version + 1, after: null })
    return null
  }
  const stored = await put(writing, { ...edit, after })
  const { references } = rulesOf(stored.kind)
  if (!before || !isDeepStrictEqual(references(before.spec), references(stored.spec))) {
    await deleteReferences(tx, stored.id)
    await insertReferences(tx, stored.id, references(stored.spec))
  }
  for (const [field, content] of secrets.set) await upsertSecret(tx, sealSecret(vault, stored.id, field, content), at)
  for (const field of secrets.removed) await deleteSecret(tx, stored.id, field)
  if (before && !isDeepStrictEqual(settingsOf(before), settingsOf(stored))) await deleteFacts(tx, stored.id)
  await insertRevision(tx, { ...revision, objectId: stored.id, number: stored.version, after: revisionBody(stored, secrets) })
  return stored
}
