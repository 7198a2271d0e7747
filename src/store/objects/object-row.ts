import type { Kysely, Selectable, Transaction } from 'kysely'
import { specs, type StoredObject } from '../../contract/objects.ts'
import type { Tables } from '../tables.ts'

export type Db = Kysely<Tables> | Transaction<Tables>

/** The object of a row. The spec is parsed, so that what an older version wrote gets the defaults of newer fields. */
export function objectOfRow(row: Selectable<Tables['object']>): StoredObject {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    version: row.version,
    spec: specs[row.kind].parse(row.spec),
    managedBy: row.managed_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
