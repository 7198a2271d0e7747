import { join } from 'node:path'
import { SegueError } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { Actor } from '../contract/objects.ts'
import { notifyQueue } from '../store/runs/notify-queue.ts'
import { listOpenParts } from '../store/runs/parts.ts'
import { stepBehind } from '../store/runs/decide-run.ts'
import { copyDatasets, copyParts, insertRetry, thawRetry } from '../store/runs/retry-run.ts'
import { addEvent } from '../store/runs/run-events.ts'
import { findRun, type RunRow } from '../store/runs/runs.ts'
import type { EngineDependencies } from './dependencies.ts'
import { once, type KeepKey } from './once.ts'
import { refused } from './run-actions.ts'
import { fileBytes } from './run-work.ts'
import type { Idempotency } from './service.ts'
import type { StoredRun } from './run-store.ts'

/** Makes a run that delivers what was left of another one. ACTION_REFUSED, RUN_ACTIVE, SPOOL_EXPIRED, IDEMPOTENCY_MISMATCH. */
export async function retryRun(deps: EngineDependencies, actor: Actor, of: RunRow, idempotency: Idempotency | undefined): Promise<RunRow> {
  const request = idempotency && { actor: actor.id, route: `retry ${of.id}`, ...idempotency }
  return once(deps.store, request, (keep) => makeRetry(deps, actor, of, keep))
}

async function makeRetry(deps: EngineDependencies, actor: Actor, of: RunRow, keep: KeepKey): Promise<RunRow> {
  const { db } = deps.store
  if (of.state !== 'failed' && of.state !== 'cancelled') throw refused(of, 'retry')
  if (of.reason === 'ALL_REJECTED')
    throw new SegueError('ACTION_REFUSED', `Every row of run ${of.id} was rejected: the same rows would be rejected again.`)
  const hasInput = await checkInput(deps, await deps.runs.load(of.id))
  const id = newId('run')
  const made = await db.transaction().execute(async (trx) => {
    // A run that is held until this one is retried steps behind it.
    await stepBehind(trx, of.orchestration_id)
    if (!(await insertRetry(trx, { id, of: of.id, actor: actor.id }))) return false
    await copyDatasets(trx, { id, of: of.id })
    const left = await listOpenParts(trx, of.id)
    await copyParts(
      trx,
      { id, of: of.id },
      left.map((part) => ({ old: part.id, id: newId('part') })),
    )
    if (!hasInput) await thawRetry(trx, id)
    await keep(trx, id)
    await addEvent(trx, id, 'queued', { trigger: 'retry', actor: actor.name, retryOf: of.id })
    await notifyQueue(trx)
    return true
  })
  const run = made ? await findRun(db, id) : undefined
  if (!run) throw new SegueError('RUN_ACTIVE', `Another run of orchestration "${of.orchestration_name}" is active.`)
  return run
}

/** True where the frozen input is taken over, false where there is none and it is asked for again. */
async function checkInput({ spoolDir }: EngineDependencies, { run, datasets, open }: StoredRun): Promise<boolean> {
  if (run.frozen_at === null || run.spool === null) return false
  if (open.length === 0) throw new SegueError('ACTION_REFUSED', `Run ${run.id} has nothing left to deliver.`)
  for (const part of open) {
    const file = datasets.find(({ number }) => number === part.dataset)?.frozen?.file
    // It was rendered where it was to be delivered, and removed when the run ended.
    if (file === null || file === undefined) return false
    if ((await fileBytes(join(spoolDir, run.spool, file))) !== Number(part.bytes))
      throw new SegueError('SPOOL_EXPIRED', `The frozen input of run ${run.id} is not there any more.`)
  }
  return true
}
