/** Statements on parts: one output file each. */
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { PartState } from '../../contract/runs.ts'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables> | Transaction<Tables>
export type PartRow = Selectable<Tables['part']>

export interface NewPart {
  readonly id: string
  readonly dataset: number
  readonly name: string
  readonly temporaryName: string
}

/** Records the parts before anything is sent. */
export async function insertParts(db: Db, runId: string, parts: readonly NewPart[]): Promise<void> {
  await db
    .insertInto('part')
    .values(
      parts.map(({ id, dataset, name, temporaryName }) => ({
        id,
        run_id: runId,
        dataset,
        number: 0,
        state: 'pending' as const,
        name,
        temporary_name: temporaryName,
      })),
    )
    .execute()
}

export async function listParts(db: Db, runIds: readonly string[]): Promise<PartRow[]> {
  if (runIds.length === 0) return []
  return db.selectFrom('part').selectAll().where('run_id', 'in', runIds).orderBy('run_id').orderBy('dataset').orderBy('number').execute()
}

/** The intent to send: written before the first byte leaves. */
export async function partSending(db: Db, id: string, epoch: string): Promise<void> {
  await db.updateTable('part').set({ state: 'sending', epoch }).where('id', '=', id).execute()
}

/** Every byte is there, under the temporary name. `name` is the publish intent: the final name, which may hold the row count. */
export async function partStaged(db: Db, id: string, staged: { name: string; rows: number; bytes: number; sha256: string }): Promise<void> {
  await db
    .updateTable('part')
    .set({ state: 'staged', ...staged })
    .where('id', '=', id)
    .execute()
}

/** It is visible under that name. */
export async function partSent(db: Db, id: string, name: string): Promise<void> {
  await db
    .updateTable('part')
    .set({ state: 'sent', name, published_at: sql`clock_timestamp()` })
    .where('id', '=', id)
    .execute()
}

/** Parts that will not be sent any more (their file was removed), or were not needed. */
export async function setPartState(db: Db, id: string, state: PartState): Promise<void> {
  await db.updateTable('part').set({ state }).where('id', '=', id).execute()
}

/** Forgets a part that was planned for a file which nobody wants. */
export async function removePart(db: Db, id: string): Promise<void> {
  await db.deleteFrom('part').where('id', '=', id).execute()
}
