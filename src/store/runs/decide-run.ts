/** Statements of people on runs: cancel, resume, release, refuse, resolve. Each answers whether the run was in a state for it. */
import { sql, type Kysely, type Transaction } from 'kysely'
import type { RunState } from '../../contract/runs.ts'
import type { Tables } from '../tables.ts'
import { endRun } from './end-run.ts'
import { notifyQueue } from './notify-queue.ts'
import { addEvent } from './run-events.ts'

type Trx = Transaction<Tables>

const waitingForPerson: RunState[] = ['held', 'needs_review', 'blocked']

/**
 * Asks for the end of a run. One that nobody has begun ends at once; the others end by a worker, who knows what to remove: by the one that has it,
 * or by the next, for whom the run counts as lapsed.
 */
export async function requestCancel(
  db: Kysely<Tables>,
  id: string,
  by: { readonly actor: string; readonly reason: string },
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const run = await trx
      .selectFrom('run')
      .select(['state', 'epoch', 'waits', 'cancel_requested_at'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!run) return false
    const isOpen = ['queued', 'running', 'cancelling', 'retry_wait', ...waitingForPerson].includes(run.state)
    if (!isOpen) return false
    if (run.cancel_requested_at === null) await addEvent(trx, id, 'cancel_requested', { actor: by.actor })
    if (run.epoch === '0') return endRun(trx, id, { state: 'cancelled', reason: by.reason, error: null })
    await trx
      .updateTable('run')
      .set({
        cancel_requested_at: sql`coalesce(cancel_requested_at, clock_timestamp())`,
        cancel_reason: sql`coalesce(cancel_reason, ${by.reason})`,
        state: 'cancelling',
        lease_until: sql`coalesce(lease_until, clock_timestamp())`,
      })
      .where('id', '=', id)
      .execute()
    await notifyQueue(trx)
    return true
  })
}

/** Runs that nobody decided about in time: they are cancelled. The number of them. */
export async function expireUndecided(db: Kysely<Tables>): Promise<number> {
  const due = await db
    .selectFrom('run')
    .select('id')
    .where('state', 'in', waitingForPerson)
    .where('decide_until', '<', sql<Date>`clock_timestamp()`)
    .execute()
  for (const { id } of due) await requestCancel(db, id, { actor: 'segue', reason: 'WAITED_TOO_LONG' })
  return due.length
}

/** A run that waits for a person goes on; its parts may be tried as often as at first. */
export async function letGoOn(trx: Trx, id: string, from: RunState, event: string, actor: string): Promise<boolean> {
  const result = await trx
    .updateTable('run')
    .set({
      state: 'queued',
      reason: null,
      error: null,
      decide_until: null,
      deaths: 0,
      tries: 0,
      not_before: sql`clock_timestamp()`,
      ...(from === 'held' && { released_at: sql`clock_timestamp()` }),
    })
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst()
  if (result.numUpdatedRows === 0n) return false
  await trx.updateTable('part').set({ spent: 0 }).where('run_id', '=', id).where('state', '=', 'pending').execute()
  await addEvent(trx, id, event, { actor })
  await notifyQueue(trx)
  return true
}

/** Decides what became of an unknown part: its rows count as delivered, or are sent again. False where the part is not unknown. */
export async function resolvePart(trx: Trx, run: string, part: string, as: 'sent' | 'resend'): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    WITH done AS (
      UPDATE part SET
        state = CASE WHEN ${as} = 'sent' THEN 'sent' ELSE 'pending' END,
        delivered = CASE WHEN ${as} = 'sent' THEN coalesce(rows, 0) ELSE delivered END,
        possible_duplicate = possible_duplicate OR ${as} = 'resend', spent = 0,
        publish_asked_at = CASE WHEN ${as} = 'sent' THEN publish_asked_at END
      WHERE run_id = ${run} AND id = ${part} AND state = 'unknown'
      RETURNING id, dataset, coalesce(rows, 0) AS rows
    ), counted AS (
      UPDATE run_dataset SET
        unknown = unknown - done.rows,
        delivered = delivered + CASE WHEN ${as} = 'sent' THEN done.rows ELSE 0 END,
        pending = pending + CASE WHEN ${as} = 'sent' THEN 0 ELSE done.rows END
      FROM done WHERE run_id = ${run} AND number = done.dataset
    )
    SELECT id FROM done
  `.execute(trx)
  return rows.length > 0
}

export async function countUnknownParts(trx: Trx, run: string): Promise<number> {
  const { parts } = await trx
    .selectFrom('part')
    .select(({ fn }) => fn.countAll<string>().as('parts'))
    .where('run_id', '=', run)
    .where('state', '=', 'unknown')
    .executeTakeFirstOrThrow()
  return Number(parts)
}

/** The run that is held because an earlier one delivered a part steps behind the retry of that one. */
export async function stepBehind(trx: Trx, orchestrationId: string): Promise<void> {
  await trx
    .updateTable('run')
    .set({ state: 'queued', waits: true, reason: null, error: null, decide_until: null })
    .where('orchestration_id', '=', orchestrationId)
    .where('state', '=', 'held')
    .where('reason', '=', 'APPEND_AFTER_PARTIAL')
    .execute()
}
