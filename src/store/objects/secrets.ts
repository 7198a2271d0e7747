/** Statements on sealed secrets. */
import type { Selectable } from 'kysely'
import type { Tables } from '../tables.ts'
import type { Db } from './object-row.ts'

export type SecretRow = Selectable<Tables['secret']>

export interface SealedSecret {
  readonly objectId: string
  readonly field: string
  readonly dataKeyId: string
  readonly sealed: Buffer
  /** The text of the reference that the value came from. */
  readonly reference: string | null
  readonly last4: string
}

/** Keeps a secret, in the place of an earlier value of the field. */
export async function upsertSecret(db: Db, secret: SealedSecret, at: Date): Promise<void> {
  const values = { data_key_id: secret.dataKeyId, sealed: secret.sealed, reference: secret.reference, last4: secret.last4, updated_at: at }
  await db
    .insertInto('secret')
    .values({ object_id: secret.objectId, field: secret.field, ...values })
    .onConflict((conflict) => conflict.columns(['object_id', 'field']).doUpdateSet(values))
    .execute()
}

export async function deleteSecret(db: Db, objectId: string, field: string): Promise<void> {
  await db.deleteFrom('secret').where('object_id', '=', objectId).where('field', '=', field).execute()
}

/** Removes every secret of an object. */
export async function deleteSecrets(db: Db, objectId: string): Promise<void> {
  await db.deleteFrom('secret').where('object_id', '=', objectId).execute()
}

/** The secrets of credentials, by field. */
export async function listSecrets(db: Db, objectIds: readonly string[]): Promise<SecretRow[]> {
  if (objectIds.length === 0) return []
  return db.selectFrom('secret').selectAll().where('object_id', 'in', objectIds).orderBy('object_id').orderBy('field').execute()
}
