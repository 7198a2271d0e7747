/** Statements on the object table. Archived objects are deleted for everyone but their history: no statement here finds them. */
import { sql, type Selectable } from 'kysely'
import pg from 'pg'
import type { ObjectKind, StoredObject } from '../../contract/objects.ts'
import type { Tables } from '../tables.ts'
import { objectOfRow, type Db } from './object-row.ts'

export interface ObjectToWrite {
  readonly id: string
  readonly kind: ObjectKind
  readonly name: string
  readonly spec: object
  readonly managedBy: string | null
}

/** Adds an object at version 1. The unique index `object_name` refuses a name that is taken. */
export async function insertObject(db: Db, object: ObjectToWrite, at: Date): Promise<StoredObject> {
  const row = await db
    .insertInto('object')
    .values({
      id: object.id,
      kind: object.kind,
      name: object.name,
      spec: JSON.stringify(object.spec),
      managed_by: object.managedBy,
      created_at: at,
      updated_at: at,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return objectOfRow(row)
}

/** Writes an object over the version that the change was made for; undefined where it has another one by now. */
export async function updateObject(db: Db, object: ObjectToWrite, version: number, at: Date): Promise<StoredObject | undefined> {
  const row = await db
    .updateTable('object')
    .set({ name: object.name, spec: JSON.stringify(object.spec), managed_by: object.managedBy, version: version + 1, updated_at: at })
    .where('id', '=', object.id)
    .where('version', '=', version)
    .where('archived_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  return row && objectOfRow(row)
}

/** Archives an object at that version: its name is free, its history stays. False where it has another version by now. */
export async function archiveObject(db: Db, id: string, version: number, at: Date): Promise<boolean> {
  const result = await db
    .updateTable('object')
    .set({ version: version + 1, updated_at: at, archived_at: at })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('archived_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** True where a statement was refused because another object of the kind has the name. */
export function isNameTaken(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === 'object_name'
}

export async function findObject(
  db: Db,
  kind: ObjectKind,
  by: { readonly id: string } | { readonly name: string },
): Promise<StoredObject | undefined> {
  const row = await db
    .selectFrom('object')
    .selectAll()
    .where('kind', '=', kind)
    .where('archived_at', 'is', null)
    .where((where) => ('id' in by ? where('id', '=', by.id) : where('name', '=', by.name)))
    .executeTakeFirst()
  return row && objectOfRow(row)
}

/**
 * Keeps an object from being archived until the transaction ends, and says whether it is there at all. A transaction that makes a run
 * takes it first, so that no run begins for an orchestration that is being deleted.
 */
export async function holdObject(db: Db, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('object')
    .select('id')
    .where('id', '=', id)
    .where('archived_at', 'is', null)
    .forKeyShare()
    .executeTakeFirst()
  return row !== undefined
}

/** Waits for the transactions that hold the object; after that nobody holds it until this transaction ends. */
export async function seizeObject(db: Db, id: string): Promise<void> {
  await db.selectFrom('object').select('id').where('id', '=', id).forUpdate().execute()
}

/** Every name of a kind, for suggestions. */
export async function objectNames(db: Db, kind: ObjectKind): Promise<string[]> {
  const rows = await db.selectFrom('object').select('name').where('kind', '=', kind).where('archived_at', 'is', null).execute()
  return rows.map((row) => row.name)
}

export interface ObjectPage {
  readonly limit: number
  /** The last object of the page before. */
  readonly after: { readonly name: string; readonly id: string } | null
  /** Part of the name, in upper or lower case. */
  readonly search: string | undefined
}

/** A page of a kind, by name and id. */
export async function listObjects(db: Db, kind: ObjectKind, { limit, after, search }: ObjectPage): Promise<StoredObject[]> {
  let query = db.selectFrom('object').selectAll().where('kind', '=', kind).where('archived_at', 'is', null)
  if (after) query = query.where(sql<boolean>`(name, id) > (${after.name}, ${after.id})`)
  if (search !== undefined && search !== '') query = query.where(sql<boolean>`strpos(lower(name), lower(${search})) > 0`)
  const rows = await query.orderBy('name').orderBy('id').limit(limit).execute()
  return rows.map(objectOfRow)
}

/** Every object. */
export async function allObjects(db: Db): Promise<StoredObject[]> {
  const rows = await db.selectFrom('object').selectAll().where('archived_at', 'is', null).orderBy('id').execute()
  return rows.map(objectOfRow)
}

export interface ObjectSeeds {
  readonly ids: readonly string[]
  readonly names: readonly { readonly kind: ObjectKind; readonly name: string }[]
}

/**
 * The objects that the rules need to judge a change of the seeds: the seeds, everything that uses them, and everything that these or the
 * seeds use. What a missing name or id would have found is simply not there.
 */
export async function objectsAround(db: Db, { ids, names }: ObjectSeeds): Promise<StoredObject[]> {
  const { rows } = await sql<Selectable<Tables['object']>>`
    WITH seed AS (
      SELECT id FROM object
      WHERE archived_at IS NULL
        AND (id = ANY(${ids}::text[])
          OR (kind, name) IN (SELECT * FROM unnest(${names.map((seed) => seed.kind)}::text[], ${names.map((seed) => seed.name)}::text[])))
    ), near AS (
      SELECT id FROM seed
      UNION
      SELECT from_id FROM object_reference WHERE to_id IN (SELECT id FROM seed)
    )
    SELECT * FROM object
    WHERE archived_at IS NULL
      AND id IN (SELECT id FROM near UNION SELECT to_id FROM object_reference WHERE from_id IN (SELECT id FROM near))
    ORDER BY id`.execute(db)
  return rows.map(objectOfRow)
}
