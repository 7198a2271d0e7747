/** Statements on the run table that find and make runs. */
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { RunState } from '../../contract/runs.ts'
import { finalStates } from '../../contract/runs.ts'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables> | Transaction<Tables>
export type RunRow = Selectable<Tables['run']>

export interface NewRun {
  readonly id: string
  readonly orchestrationId: string
  readonly orchestrationName: string
  readonly trigger: string
  readonly actor: string
  readonly pinned: object
  readonly requestedAt: Date
  readonly destinationId: string
  readonly priority: number
  /** Waits behind the active run of the orchestration. */
  readonly waits: boolean
}

/** Adds a queued run; null where another run of the orchestration is active, or waits already (the unique indexes run_active and run_waiting say so). */
export async function insertRun(db: Db, run: NewRun): Promise<RunRow | null> {
  const row = await db
    .insertInto('run')
    .values({
      id: run.id,
      orchestration_id: run.orchestrationId,
      orchestration_name: run.orchestrationName,
      state: 'queued',
      trigger: run.trigger,
      actor: run.actor,
      pinned: JSON.stringify(run.pinned),
      requested_at: run.requestedAt,
      destination_id: run.destinationId,
      priority: run.priority,
      waits: run.waits,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

export async function findRun(db: Db, id: string): Promise<RunRow | undefined> {
  return db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Locks a run until the transaction ends; false where it is not in that state any more. */
export async function holdRunIn(trx: Transaction<Tables>, id: string, state: RunState): Promise<boolean> {
  const row = await trx.selectFrom('run').select('id').where('id', '=', id).where('state', '=', state).forUpdate().executeTakeFirst()
  return row !== undefined
}

/** Those of the runs that ended so long ago, in milliseconds, and whose spool no run that goes on shares; runs that are gone are among them. */
export async function listSpoolsToRemove(db: Db, runs: readonly string[], afterMs: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT folder AS id FROM unnest(${sql.val([...runs])}::text[]) AS folder
    WHERE NOT EXISTS (
      SELECT FROM run WHERE (id = folder OR spool LIKE folder || '/%')
        AND (ended_at IS NULL OR ended_at > clock_timestamp() - ${afterMs} * interval '1 millisecond'))
  `.execute(db)
  return rows.map(({ id }) => id)
}

/** The active run of an orchestration. */
export async function findActiveRun(db: Db, orchestrationId: string): Promise<RunRow | undefined> {
  return db
    .selectFrom('run')
    .selectAll()
    .where('orchestration_id', '=', orchestrationId)
    .where('state', 'not in', finalStates)
    .where('waits', '=', false)
    .executeTakeFirst()
}

/** Whether nobody works on a run that somebody should work on: its lease has ended, or nobody took it within a lease's time. */
export async function isAbandoned(db: Db, id: string, leaseMs: number): Promise<boolean> {
  const { rows } = await sql<{ abandoned: boolean }>`
    SELECT (state IN ('running', 'cancelling') AND lease_until < clock_timestamp())
      OR (state IN ('queued', 'retry_wait') AND not_before < clock_timestamp() - ${leaseMs} * interval '1 millisecond') AS abandoned
    FROM run WHERE id = ${id}
  `.execute(db)
  return rows[0]?.abandoned === true
}

export interface RunFilter {
  readonly limit: number
  /** Only runs before this id (newest first). */
  readonly before: string | undefined
  /** Id or name of the orchestration. */
  readonly orchestration: string | undefined
  readonly state: RunState | undefined
}

/** Newest runs first, keyset-paged by id (UUIDv7 sorts by time). */
export async function listRuns(db: Db, filter: RunFilter): Promise<RunRow[]> {
  let query = db.selectFrom('run').selectAll().orderBy('id', 'desc').limit(filter.limit)
  const { before, orchestration, state } = filter
  if (before !== undefined) query = query.where('id', '<', before)
  if (state !== undefined) query = query.where('state', '=', state)
  if (orchestration !== undefined) {
    query = query.where((where) =>
      where.or([
        where('orchestration_id', '=', orchestration),
        where('orchestration_id', 'in', (inner) =>
          inner.selectFrom('object').select('id').where('kind', '=', 'orchestration').where('name', '=', orchestration),
        ),
      ]),
    )
  }
  return query.execute()
}

/**
 * The `now` of the last run of an orchestration that succeeded, which was its $run_started_at: windows from the one to the other leave no gap.
 * null before the first.
 */
export async function lastSuccessNow(db: Db, orchestrationId: string): Promise<Date | null> {
  const row = await db
    .selectFrom('run')
    .select('requested_at')
    .where('orchestration_id', '=', orchestrationId)
    .where('state', '=', 'succeeded')
    .orderBy('requested_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.requested_at ?? null
}
