/**
 * Statements of the process that runs a run. Each carries the epoch, and changes nothing once the run has ended or belongs to a
 * later epoch: they answer whether they met their row.
 */
import { sql, type Kysely, type Transaction } from 'kysely'
import type { RunPhase, RunProgress, RunState } from '../../contract/runs.ts'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables> | Transaction<Tables>
const claimed: RunState[] = ['running', 'cancelling']

/** Takes a run: state running, a new epoch. The epoch, or null where it is not waiting any more. */
export async function claimRun(db: Db, id: string): Promise<string | null> {
  const row = await db
    .updateTable('run')
    .set({ state: 'running', phase: 'extracting', epoch: sql`epoch + 1`, started_at: sql`coalesce(started_at, clock_timestamp())` })
    .where('id', '=', id)
    .where('state', '=', 'queued')
    .returning('epoch')
    .executeTakeFirst()
  return row?.epoch ?? null
}

export async function setPhase(db: Db, id: string, epoch: string, phase: RunPhase): Promise<boolean> {
  const result = await db
    .updateTable('run')
    .set({ phase })
    .where('id', '=', id)
    .where('epoch', '=', epoch)
    .where('state', 'in', claimed)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Keeps the progress, and answers whether somebody wants the run cancelled; null where the run is not ours any more. */
export async function keepProgress(db: Db, id: string, epoch: string, progress: RunProgress): Promise<{ cancelRequested: boolean } | null> {
  const row = await db
    .updateTable('run')
    .set({ progress: JSON.stringify(progress) })
    .where('id', '=', id)
    .where('epoch', '=', epoch)
    .where('state', 'in', claimed)
    .returning('cancel_requested_at')
    .executeTakeFirst()
  return row ? { cancelRequested: row.cancel_requested_at !== null } : null
}

export async function addWarning(db: Db, id: string, warning: string): Promise<void> {
  await db
    .updateTable('run')
    .set({ warnings: sql`warnings || ${JSON.stringify([warning])}::jsonb` })
    .where('id', '=', id)
    .execute()
}

/** Asks the process that runs it to stop. False where the run has ended. */
export async function requestCancel(db: Db, id: string): Promise<boolean> {
  const result = await db
    .updateTable('run')
    .set({
      cancel_requested_at: sql`coalesce(cancel_requested_at, clock_timestamp())`,
      state: sql`CASE state WHEN 'running' THEN 'cancelling' ELSE state END`,
    })
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'running', 'cancelling'])
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export interface RunEnd {
  readonly state: RunState
  readonly reason: string | null
  readonly error: object | null
}

/** Ends a run for good. False where it has ended already, or another epoch has it. */
export async function endRun(db: Db, id: string, epoch: string, end: RunEnd): Promise<boolean> {
  const result = await db
    .updateTable('run')
    .set({
      state: end.state,
      reason: end.reason,
      error: end.error && JSON.stringify(end.error),
      phase: null,
      progress: null,
      ended_at: sql`clock_timestamp()`,
    })
    .where('id', '=', id)
    .where('epoch', '=', epoch)
    .where('state', 'in', ['queued', ...claimed])
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
