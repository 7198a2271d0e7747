import { errorTable, SegueError, toProblem } from '../contract/errors.ts'
import { isFinal } from '../contract/runs.ts'
import { parseFileSettings } from '../files/settings.ts'
import type { RunRow } from '../store/runs/runs.ts'
import { fileDestinationDefinition } from './connections.ts'
import { stateOfDelivered } from './decide-end.ts'
import { decideStop, HandOver, type Stop } from './decide-stop.ts'
import type { EngineDependencies } from './dependencies.ts'
import { deliverFiles } from './files/deliver-files.ts'
import { discardFiles } from './files/discard-files.ts'
import type { FileWork } from './files/file-work.ts'
import { LeaseLost, openLease } from './lease.ts'
import { pinnedRun } from './pinned-run.ts'
import { startProgress } from './run-progress.ts'
import type { StoredRun } from './run-store.ts'
import { removeSpool, type RunWork } from './run-work.ts'

/** Workers that may die on a run without a checkpoint between before it is given up. */
const mostDeaths = 3

/**
 * Works on a claimed run until it ends, waits, or another worker has it. Never throws for what happens to the run: that is written in the run.
 *
 * @param claimedAtMs this machine's monotonic time from before the claim
 * @param controller ends the work: with a SegueError as the run's reason, or with LeaseLost, which writes nothing
 */
export async function workRun(deps: EngineDependencies, row: RunRow, claimedAtMs: number, controller: AbortController): Promise<void> {
  deps.reached('claimed')
  await using open = new AsyncDisposableStack()
  const { store: _, ...world } = deps
  const lease = openLease({ ...world, store: deps.runs, ...deps.timings }, { run: row.id, epoch: row.epoch }, claimedAtMs, controller)
  open.defer(() => lease.close())
  try {
    await deliver({ deps, run: row.id, epoch: row.epoch, lease, progress: startProgress(lease), open }, row)
    deps.reached('ended')
    await tidySpool(deps, row.id)
  } catch (error) {
    if (error instanceof LeaseLost || controller.signal.reason instanceof LeaseLost) return
    throw error
  }
}

async function deliver(given: Omit<RunWork, 'pinned'>, row: RunRow): Promise<void> {
  const { deps, lease } = given
  const work = prepare(given, row)
  if (work instanceof Error) {
    const error = toProblem(work)
    return lease.write({ kind: 'end', state: 'failed', reason: error.code, error })
  }
  const stop = await tryToDeliver(work, row)
  const found = await deps.runs.load(row.id)
  if (stop === null) await lease.write({ kind: 'end', state: stateOfDelivered(sumOf(found)), reason: null, error: null })
  else await stopRun(work, found, stop)
}

/** What the run was started with, read; the error where this version cannot: no later worker could either. */
function prepare(given: Omit<RunWork, 'pinned'>, row: RunRow): FileWork | Error {
  try {
    const pinned = pinnedRun.parse(row.pinned)
    const definition = fileDestinationDefinition(given.deps, pinned.destination.type)
    return { ...given, pinned, file: parseFileSettings(pinned.settings), definition }
  } catch (error) {
    given.deps.onWarning(`Run ${row.id} cannot be read: ${String(error)}`)
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** null where everything was delivered. */
async function tryToDeliver(work: FileWork, row: RunRow): Promise<Stop | null> {
  const { deps, lease, pinned } = work
  try {
    if (row.cancel_requested_at !== null) throw new SegueError(cancelCode(row.cancel_reason), 'Cancelled.')
    if (row.deaths >= mostDeaths) throw new SegueError('POISON', `${row.deaths} workers died on it, one after the other.`)
    await holdAppend(work, row)
    await deliverFiles(work)
    stateOfDelivered(sumOf(await deps.runs.load(row.id)))
    return null
  } catch (error) {
    if (error instanceof LeaseLost || lease.signal.reason instanceof LeaseLost) throw error
    const stopped: unknown = lease.signal.aborted ? lease.signal.reason : error
    if (!(stopped instanceof SegueError) && !(stopped instanceof HandOver))
      deps.onWarning(`Run ${row.id} failed unexpectedly: ${String(stopped instanceof Error ? stopped.stack : stopped)}`)
    const found = await deps.runs.load(row.id)
    return decideStop(stopped, {
      delivered: found.visible,
      of: `${found.visible + found.open.length} files are`,
      atDestination: stopped instanceof SegueError && errorTable[stopped.code].actor === 'destination',
      tries: found.run.tries,
      ...pinned.retry,
      elapsedMs: deps.clock().getTime() - (row.started_at ?? row.requested_at).getTime(),
      random: deps.random,
    })
  }
}

/** Rows that an earlier run left undelivered would be missing for good: a person decides about them first (delivery.md, States). */
async function holdAppend({ deps, pinned }: FileWork, row: RunRow): Promise<void> {
  if (pinned.delivery.mode !== 'append' || row.frozen_at !== null || row.retry_of !== null || row.released_at !== null) return
  const partial = await deps.runs.partialAppend(row.orchestration_id, row.id)
  if (partial !== null) throw new SegueError('APPEND_AFTER_PARTIAL', `Run ${partial} delivered a part of its rows and not the others.`)
}

/** Writes how the run stopped; one that ends leaves nothing half-done at the destination. */
async function stopRun(work: FileWork, found: StoredRun, stop: Stop): Promise<void> {
  const { lease, deps } = work
  if (stop.do === 'end') {
    const settled = await discardFiles(deps, work.pinned, found.open)
    const { state, reason, error } = stop
    await lease.write(...settled, { kind: 'end', state, reason, error })
    return
  }
  if (stop.do === 'hand_over') {
    await lease.write({
      kind: 'leave',
      state: 'queued',
      reason: null,
      error: null,
      tries: found.run.tries,
      afterMs: 0,
      decideWithinMs: null,
    })
    return
  }
  const waits = stop.do === 'wait'
  const tries = found.run.tries + (waits && errorTable[stop.error.code].failure !== 'rate_limit' ? 1 : 0)
  await lease.write({
    kind: 'leave',
    state: waits ? 'retry_wait' : stop.state,
    reason: stop.reason,
    error: stop.error,
    tries,
    afterMs: waits ? stop.afterMs : 0,
    decideWithinMs: waits ? null : deps.timings.decideMs,
  })
}

function sumOf({ datasets }: StoredRun): { rejected: number; unknown: number } {
  return {
    rejected: datasets.reduce((sum, { rejected }) => sum + Number(rejected), 0),
    unknown: datasets.reduce((sum, { unknown }) => sum + Number(unknown), 0),
  }
}

function cancelCode(reason: string | null): 'RUN_CANCELLED' | 'WAITED_TOO_LONG' {
  return reason === 'WAITED_TOO_LONG' ? reason : 'RUN_CANCELLED'
}

/** A run that succeeded, or ended before its input was frozen, needs its spool no more. What cannot be removed now is removed with the old ones. */
async function tidySpool(deps: EngineDependencies, run: string): Promise<void> {
  const { state, spool } = (await deps.runs.load(run)).run
  if (isFinal(state) && (spool === null || state === 'succeeded' || state === 'succeeded_with_rejects'))
    await removeSpool(deps.spoolDir, run).catch((error: unknown) =>
      deps.onWarning(`The spool of run ${run} could not be removed: ${toProblem(error).detail}`),
    )
}
