import { sql, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

/** Workers listen to it; a hint only, they look by themselves too. */
export const queueChannel = 'segue_queue'

/** Tells the workers, at the commit, that something may be due. */
export async function notifyQueue(trx: Transaction<Tables>): Promise<void> {
  await sql`SELECT pg_notify(${queueChannel}, '')`.execute(trx)
}
