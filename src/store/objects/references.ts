/** Statements on who uses whom. */
import { sql } from 'kysely'
import type { ObjectKind } from '../../contract/objects.ts'
import type { Db } from './object-row.ts'

export interface Reference {
  /** Where it stands in the spec. */
  readonly field: string
  readonly id: string
}

export async function deleteReferences(db: Db, fromId: string): Promise<void> {
  await db.deleteFrom('object_reference').where('from_id', '=', fromId).execute()
}

export async function insertReferences(db: Db, fromId: string, references: readonly Reference[]): Promise<void> {
  if (references.length === 0) return
  const rows = references.map(({ field, id }) => ({ from_id: fromId, field, to_id: id }))
  await db.insertInto('object_reference').values(rows).execute()
}

/** One end of a reference: `objectId` uses, or is used by, the object that is named. */
export interface LinkRow {
  readonly objectId: string
  readonly direction: 'uses' | 'usedBy'
  readonly kind: ObjectKind
  readonly id: string
  readonly name: string
}

/** What the objects use and what uses them, by kind and name, each once. */
export async function linksOf(db: Db, ids: readonly string[]): Promise<LinkRow[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<LinkRow>`
    SELECT link.object_id AS "objectId", link.direction, object.kind, object.id, object.name
    FROM (
      SELECT from_id AS object_id, 'uses' AS direction, to_id AS other_id FROM object_reference WHERE from_id = ANY(${ids}::text[])
      UNION
      SELECT to_id, 'usedBy', from_id FROM object_reference WHERE to_id = ANY(${ids}::text[])
    ) AS link
    JOIN object ON object.id = link.other_id
    ORDER BY object.kind, object.name`.execute(db)
  return rows
}
