/** Taking runs off the queue: the run table is the queue, and one place decides whose turn it is. */
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'
import { findRun, type RunRow } from './runs.ts'

/** Any number that nobody else takes: "segue queue" cut to 64 bits. */
const queueLock = '8315161610391843185'

export interface ClaimRequest {
  readonly owner: string
  readonly leaseMs: number
  /** Runs of these orchestrations only; null: of all. */
  readonly orchestrations: readonly string[] | null
}

/**
 * Takes the next run, or null where none is due. One claim at a time over all processes, as a statement of its own before the others: so the
 * count of runs per destination is exact. Runs whose lease ended come first: they hold their place already.
 */
export async function claimNext(db: Kysely<Tables>, request: ClaimRequest): Promise<RunRow | null> {
  if (request.orchestrations?.length === 0) return null
  return db.transaction().execute(async (trx) => {
    await sql`SET LOCAL lock_timeout = '2s'`.execute(trx)
    await sql`SELECT pg_advisory_xact_lock(${queueLock}::bigint)`.execute(trx)
    const id = (await findLapsed(trx, request)) ?? (await findDue(trx, request))
    if (id === null) return null
    await takeRun(trx, id, request)
    await noteTurn(trx, id)
    return (await findRun(trx, id)) ?? null
  })
}

const among = ({ orchestrations }: Pick<ClaimRequest, 'orchestrations'>) =>
  orchestrations === null ? sql`true` : sql`r.orchestration_id = ANY (${sql.val([...orchestrations])})`

async function findLapsed(trx: Transaction<Tables>, request: ClaimRequest): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    SELECT r.id FROM run r
    WHERE r.state IN ('running', 'cancelling') AND r.lease_until < clock_timestamp() AND ${among(request)}
    ORDER BY r.lease_until LIMIT 1
  `.execute(trx)
  return rows[0]?.id ?? null
}

/** One probe of the index per destination, so that the length of the queue costs nothing; fair between destinations of the same priority. */
async function findDue(trx: Transaction<Tables>, request: ClaimRequest): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    SELECT due.id
    FROM destination_queue q
    JOIN object o ON o.id = q.destination_id
    CROSS JOIN LATERAL (
      SELECT r.id, r.priority FROM run r
      WHERE r.destination_id = q.destination_id AND r.state IN ('queued', 'retry_wait') AND NOT r.waits
        AND r.not_before <= clock_timestamp() AND ${among(request)}
      ORDER BY r.priority DESC, r.not_before, r.id LIMIT 1
    ) due
    CROSS JOIN LATERAL (
      SELECT count(*) AS working FROM run w WHERE w.destination_id = q.destination_id AND w.state IN ('running', 'cancelling')
    ) busy
    WHERE busy.working < coalesce((o.spec #>> '{limits,runs}')::int, q.default_runs)
    ORDER BY due.priority DESC, busy.working, q.last_claim_at NULLS FIRST LIMIT 1
  `.execute(trx)
  return rows[0]?.id ?? null
}

/** A run that was taken from a worker whose lease ended counts its death. */
async function takeRun(trx: Transaction<Tables>, id: string, { owner, leaseMs }: ClaimRequest): Promise<void> {
  await sql`
    UPDATE run SET
      deaths = deaths + CASE WHEN state IN ('running', 'cancelling') AND owner IS NOT NULL THEN 1 ELSE 0 END,
      state = CASE WHEN cancel_requested_at IS NULL THEN 'running' ELSE 'cancelling' END,
      phase = coalesce(phase, 'extracting'), epoch = epoch + 1, owner = ${owner}, reason = NULL, error = NULL, decide_until = NULL,
      lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond',
      started_at = coalesce(started_at, clock_timestamp())
    WHERE id = ${id}
  `.execute(trx)
}

async function noteTurn(trx: Transaction<Tables>, id: string): Promise<void> {
  await sql`
    UPDATE destination_queue SET last_claim_at = clock_timestamp() WHERE destination_id = (SELECT destination_id FROM run WHERE id = ${id})
  `.execute(trx)
}

/** Milliseconds until a run may be due or a lease ends, by the database's clock; null where nothing is to come. */
export async function nextDueMs(db: Kysely<Tables>, request: Pick<ClaimRequest, 'orchestrations'>): Promise<number | null> {
  if (request.orchestrations?.length === 0) return null
  const { rows } = await sql<{ ms: number | null }>`
    SELECT extract(epoch FROM min(at) - clock_timestamp())::float8 * 1000 AS ms FROM (
      SELECT min(r.not_before) AS at FROM run r
      WHERE r.state IN ('queued', 'retry_wait') AND NOT r.waits AND r.not_before > clock_timestamp() AND ${among(request)}
      UNION ALL
      SELECT min(r.lease_until) FROM run r WHERE r.state IN ('running', 'cancelling') AND ${among(request)}
    ) AS coming
  `.execute(db)
  return rows[0]?.ms ?? null
}

/** Keeps the destination's turn in the queue; made when its first run is. */
export async function enterQueue(db: Transaction<Tables>, destinationId: string, defaultRuns: number): Promise<void> {
  await db
    .insertInto('destination_queue')
    .values({ destination_id: destinationId, default_runs: defaultRuns })
    // An update would hold the row, which a claim asks for while it holds the run that this transaction is to meet.
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
