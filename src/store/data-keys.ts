/** The data keys that encrypt secrets, each wrapped by the instance key. */
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

export interface WrappedDataKey {
  readonly id: string
  readonly wrapped: Buffer
}

/** All of them, oldest first. */
export function listDataKeys(db: Kysely<Tables>): Promise<WrappedDataKey[]> {
  return db.selectFrom('data_key').select(['id', 'wrapped']).orderBy('created_at').orderBy('id').execute()
}

/** Adds a key; one that has its id already stays as it is. */
export async function insertDataKey(db: Kysely<Tables>, key: WrappedDataKey): Promise<void> {
  await db
    .insertInto('data_key')
    .values(key)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}
