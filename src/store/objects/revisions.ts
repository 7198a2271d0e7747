/** Statements on the history of objects. */
import type { Selectable } from 'kysely'
import type { Tables } from '../tables.ts'
import type { Db } from './object-row.ts'

export type RevisionRow = Selectable<Tables['object_revision']>

export interface NewRevision {
  readonly objectId: string
  readonly number: number
  readonly action: string
  readonly actor: string
  readonly at: Date
  readonly before: object | null
  readonly after: object | null
}

export async function insertRevision(db: Db, revision: NewRevision): Promise<void> {
  await db
    .insertInto('object_revision')
    .values({
      object_id: revision.objectId,
      number: revision.number,
      action: revision.action,
      actor: revision.actor,
      at: revision.at,
      before: revision.before && JSON.stringify(revision.before),
      after: revision.after && JSON.stringify(revision.after),
    })
    .execute()
}

/** All revisions of an object, newest first. */
export async function listRevisions(db: Db, objectId: string): Promise<RevisionRow[]> {
  return db.selectFrom('object_revision').selectAll().where('object_id', '=', objectId).orderBy('number', 'desc').execute()
}

export async function findRevision(db: Db, objectId: string, number: number): Promise<RevisionRow | undefined> {
  return db.selectFrom('object_revision').selectAll().where('object_id', '=', objectId).where('number', '=', number).executeTakeFirst()
}
