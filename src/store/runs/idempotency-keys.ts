/** Statements on idempotency keys: which run a request with that key started. */
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables> | Transaction<Tables>

export interface IdempotencyRequest {
  readonly actor: string
  readonly route: string
  readonly key: string
  readonly requestHash: string
}

export async function findIdempotencyKey(db: Db, request: IdempotencyRequest): Promise<Selectable<Tables['idempotency_key']> | undefined> {
  return db
    .selectFrom('idempotency_key')
    .selectAll()
    .where('actor', '=', request.actor)
    .where('route', '=', request.route)
    .where('key', '=', request.key)
    .executeTakeFirst()
}

/** Keeps the key with its run. A second one at the same time waits for this transaction and then fails on the primary key. */
export async function insertIdempotencyKey(db: Db, request: IdempotencyRequest, runId: string): Promise<void> {
  await db
    .insertInto('idempotency_key')
    .values({ actor: request.actor, route: request.route, key: request.key, request_hash: request.requestHash, run_id: runId })
    .execute()
}

/** Forgets keys after 24 hours. */
export async function expireIdempotencyKeys(db: Db): Promise<void> {
  await db
    .deleteFrom('idempotency_key')
    .where('created_at', '<', sql<Date>`clock_timestamp() - interval '24 hours'`)
    .execute()
}
