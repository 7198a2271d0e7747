import { sql, type Kysely, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

/** The two halves of the lock's key. Locks with two 32-bit keys never meet those with one 64-bit key. */
const configurationLock = { space: 1_397_048_149, number: 1 } as const

/** Waits until this transaction is the only one that changes configuration; PostgreSQL lets go when the transaction ends. */
async function lockConfiguration(tx: Transaction<Tables>): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${configurationLock.space}::int, ${configurationLock.number}::int)`.execute(tx)
}

/** Carries the result of a rehearsal out of the transaction that is rolled back. */
class Rehearsed<T> extends Error {
  readonly result: T
  constructor(result: T) {
    super('a rehearsal ends by rolling back')
    this.result = result
  }
}

/**
 * Does the work in one transaction, alone among the transactions that change configuration: one at a time is fast enough for people and
 * files, and the rules between objects (who uses what, which layer has set what) then hold without locking each row that a rule reads.
 * Without `commit` the same work is done, and then rolled back.
 */
export async function changeConfiguration<T>(
  db: Kysely<Tables>,
  options: { readonly commit: boolean },
  work: (tx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  try {
    return await db.transaction().execute(async (tx) => {
      await lockConfiguration(tx)
      const result = await work(tx)
      if (!options.commit) throw new Rehearsed(result)
      return result
    })
  } catch (error) {
    if (error instanceof Rehearsed) return error.result as T
    throw error
  }
}
