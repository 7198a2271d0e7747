import { SegueError } from '../contract/errors.ts'
import type { Transaction } from 'kysely'
import { expireIdempotencyKeys, findIdempotencyKey, insertIdempotencyKey, type IdempotencyRequest } from '../store/runs/idempotency-keys.ts'
import { findRun, type RunRow } from '../store/runs/runs.ts'
import type { Store } from '../store/open-store.ts'
import type { Tables } from '../store/tables.ts'

/** Keeps the key of the request with the run that it made, in the transaction that makes it; nothing where the request has none. */
export type KeepKey = (trx: Transaction<Tables>, run: string) => Promise<void>

/**
 * Makes a run once per idempotency key, however often and however near to each other the requests come: the later ones get the run of the first.
 * Throws IDEMPOTENCY_MISMATCH for a key that came with another request.
 */
export async function once(
  store: Store,
  request: IdempotencyRequest | undefined,
  make: (keep: KeepKey) => Promise<RunRow>,
): Promise<RunRow> {
  if (!request) return make(() => Promise.resolve())
  const earlier = await runOfEarlierRequest(store, request)
  if (earlier) return earlier
  try {
    return await make(async (trx, run) => {
      await expireIdempotencyKeys(trx)
      await insertIdempotencyKey(trx, request, run)
    })
  } catch (error) {
    const sameRequest = await runOfEarlierRequest(store, request)
    if (sameRequest) return sameRequest
    throw error
  }
}

async function runOfEarlierRequest({ db }: Store, request: IdempotencyRequest): Promise<RunRow | undefined> {
  const found = await findIdempotencyKey(db, request)
  if (!found) return undefined
  if (found.request_hash !== request.requestHash)
    throw new SegueError('IDEMPOTENCY_MISMATCH', `Key "${request.key}" came with another request before.`)
  return findRun(db, found.run_id)
}
