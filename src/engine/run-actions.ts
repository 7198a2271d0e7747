/** What people decide about runs: resume, release, refuse, resolve. Each checks the run's state and says which actions fit it. */
import { SegueError } from '../contract/errors.ts'
import type { Actor } from '../contract/objects.ts'
import type { RunState } from '../contract/runs.ts'
import { countUnknownParts, letGoOn, resolvePart } from '../store/runs/decide-run.ts'
import { endRun } from '../store/runs/end-run.ts'
import { writeOffPartials } from '../store/runs/partial-appends.ts'
import { addEvent } from '../store/runs/run-events.ts'
import type { RunRow } from '../store/runs/runs.ts'
import type { Store } from '../store/open-store.ts'

const fitting: Readonly<Record<RunState, string>> = {
  queued: 'cancel',
  running: 'cancel',
  retry_wait: 'cancel',
  cancelling: 'none',
  held: 'release, refuse or cancel',
  needs_review: 'resolve its unknown parts, or cancel',
  blocked: 'resume, restart or cancel',
  succeeded: 'restart',
  succeeded_with_rejects: 'restart',
  failed: 'retry or restart',
  cancelled: 'retry or restart',
  skipped: 'restart',
}

export function refused(run: RunRow, action: string): SegueError {
  return new SegueError(
    'ACTION_REFUSED',
    `Run ${run.id} is ${run.state}, and ${action} does not fit that; what fits: ${fitting[run.state]}.`,
  )
}

export async function resumeRun({ db }: Store, actor: Actor, run: RunRow): Promise<void> {
  const done = await db.transaction().execute((trx) => letGoOn(trx, run.id, 'blocked', 'resumed', actor.name))
  if (!done) throw refused(run, 'resume')
}

/** A run that was held because an earlier one delivered only a part lets go what that one left. */
export async function releaseRun({ db }: Store, actor: Actor, run: RunRow): Promise<void> {
  const done = await db.transaction().execute(async (trx) => {
    if (run.reason === 'APPEND_AFTER_PARTIAL') await writeOffPartials(trx, run.orchestration_id, run.id)
    return letGoOn(trx, run.id, 'held', 'released', actor.name)
  })
  if (!done) throw refused(run, 'release')
}

export async function refuseRun({ db }: Store, actor: Actor, run: RunRow): Promise<void> {
  if (run.state !== 'held') throw refused(run, 'refuse')
  await db.transaction().execute(async (trx) => {
    await addEvent(trx, run.id, 'refused', { actor: actor.name })
    await endRun(trx, run.id, { state: 'cancelled', reason: 'REFUSED', error: null })
  })
}

/** The run goes on when nothing of it is unknown any more. */
export async function resolveRun(
  { db }: Store,
  actor: Actor,
  run: RunRow,
  { part, as }: { readonly part: string; readonly as: 'sent' | 'resend' },
): Promise<void> {
  if (run.state !== 'needs_review') throw refused(run, 'resolve')
  await db.transaction().execute(async (trx) => {
    if (!(await resolvePart(trx, run.id, part, as))) throw new SegueError('PART_NOT_FOUND', `Run ${run.id} has no unknown part "${part}".`)
    await addEvent(trx, run.id, 'resolved', { actor: actor.name, part, as })
    if ((await countUnknownParts(trx, run.id)) === 0) await letGoOn(trx, run.id, 'needs_review', 'resumed', actor.name)
  })
}
