import { sql, type Transaction } from 'kysely'
import { finalStates, type RunState } from '../../contract/runs.ts'
import type { Tables } from '../tables.ts'
import { notifyQueue } from './notify-queue.ts'
import { failOpenParts } from './parts.ts'
import { skipPending } from './run-datasets.ts'
import { addEvent } from './run-events.ts'

export interface RunEnd {
  readonly state: RunState
  readonly reason: string | null
  readonly error: object | null
}

/** Ends a run for good: nothing is pending any more, and the run that waited behind it may go. False where it has ended already. */
export async function endRun(trx: Transaction<Tables>, id: string, end: RunEnd): Promise<boolean> {
  const row = await trx
    .updateTable('run')
    .set({
      state: end.state,
      reason: end.reason,
      error: end.error && JSON.stringify(end.error),
      phase: null,
      progress: null,
      owner: null,
      lease_until: null,
      decide_until: null,
      waits: false,
      ended_at: sql`clock_timestamp()`,
    })
    .where('id', '=', id)
    .where('state', 'not in', finalStates)
    .returning('orchestration_id')
    .executeTakeFirst()
  if (!row) return false
  await failOpenParts(trx, id)
  await skipPending(trx, id)
  await addEvent(trx, id, end.state, end.reason === null ? {} : { reason: end.reason })
  await letGo(trx, row.orchestration_id)
  return true
}

/** The run that waits behind the active one becomes the active one, where there is none any more. */
async function letGo(trx: Transaction<Tables>, orchestrationId: string): Promise<void> {
  await sql`
    UPDATE run SET waits = false, not_before = clock_timestamp()
    WHERE orchestration_id = ${orchestrationId} AND waits AND NOT EXISTS (
      SELECT FROM run AS other WHERE other.orchestration_id = ${orchestrationId} AND NOT other.waits AND NOT (other.state = ANY (${sql.val([...finalStates])}))
    )
  `.execute(trx)
  await notifyQueue(trx)
}
