import { errorTable, SegueError, toProblem, type Problem } from '../contract/errors.ts'
import { isFinal } from '../contract/runs.ts'
import { parseFileSettings } from '../files/settings.ts'
import type { FinalState } from '../store/runs/run-changes.ts'
import type { RunRow } from '../store/runs/runs.ts'
import { destinationDefinition } from './connections.ts'
import { stateOfDelivered } from './decide-end.ts'
import { decideStop, HandOver, WaitLonger, type Stop } from './decide-stop.ts'
import type { EngineDependencies } from './dependencies.ts'
import type { DeliverySteps } from './delivery-steps.ts'
import { fileSteps } from './files/file-steps.ts'
import { LeaseLost, openLease } from './lease.ts'
import { pinnedRun } from './pinned-run.ts'
import { recordLimits } from './records/record-work.ts'
import { recordSteps } from './records/record-steps.ts'
import { startProgress } from './run-progress.ts'
import type { StoredRun } from './run-store.ts'
import { removeSpool, type RunWork } from './run-work.ts'
import { writeLedgers } from './write-ledgers.ts'

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
  const prepared = prepare(given, row)
  if (prepared instanceof Error) {
    const error = toProblem(prepared)
    return lease.write({ kind: 'end', state: 'failed', reason: error.code, error })
  }
  const { work, steps } = prepared
  const stop = await tryToDeliver(work, steps, row)
  const found = await deps.runs.load(row.id)
  if (stop === null) await endRun(work, steps, { state: stateOfDelivered(sumOf(found)), reason: null, error: null })
  else if (stop.do === 'end') {
    const settled = await steps.discard(found)
    if (settled.length > 0) await lease.write(...settled)
    await endRun(work, steps, stop)
  } else await leaveRun(work, found, stop)
}

/** What the run was started with, read; the error where this version cannot: no later worker could either. */
function prepare(given: Omit<RunWork, 'pinned'>, row: RunRow): { readonly work: RunWork; readonly steps: DeliverySteps } | Error {
  const { deps } = given
  try {
    const pinned = pinnedRun.parse(row.pinned)
    const work = { ...given, pinned }
    const definition = destinationDefinition(deps, pinned.destination.type)
    if (definition.kind === 'file') return { work, steps: fileSteps({ ...work, file: parseFileSettings(pinned.settings), definition }) }
    return { work, steps: recordSteps({ ...work, definition, limits: recordLimits(definition, pinned, deps.timings.requestMs) }) }
  } catch (error) {
    deps.onWarning(`Run ${row.id} cannot be read: ${String(error)}`)
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** null where everything was delivered. */
async function tryToDeliver(work: RunWork, steps: DeliverySteps, row: RunRow): Promise<Stop | null> {
  const { deps, lease, pinned } = work
  try {
    if (row.cancel_requested_at !== null) throw new SegueError(cancelCode(row.cancel_reason), 'Cancelled.')
    if (row.deaths >= mostDeaths) throw new SegueError('POISON', `${row.deaths} workers died on it, one after the other.`)
    await holdAppend(work, row)
    await steps.deliver()
    stateOfDelivered(sumOf(await deps.runs.load(row.id)))
    return null
  } catch (error) {
    if (error instanceof LeaseLost || lease.signal.reason instanceof LeaseLost) throw error
    const stopped: unknown = lease.signal.aborted ? lease.signal.reason : error
    if (!(stopped instanceof SegueError) && !(stopped instanceof HandOver) && !(stopped instanceof WaitLonger))
      deps.onWarning(`Run ${row.id} failed unexpectedly: ${String(stopped instanceof Error ? stopped.stack : stopped)}`)
    const found = await deps.runs.load(row.id)
    return decideStop(stopped, {
      said: steps.said(found),
      atDestination: stopped instanceof SegueError && errorTable[stopped.code].actor === 'destination',
      tries: found.run.tries,
      ...pinned.retry,
      elapsedMs: deps.clock().getTime() - (row.started_at ?? row.requested_at).getTime(),
      backoffMs: deps.timings.backoffMs,
      random: deps.random,
    })
  }
}

/** Rows that an earlier run left undelivered would be missing for good: a person decides about them first (delivery.md, States). */
async function holdAppend({ deps, pinned }: RunWork, row: RunRow): Promise<void> {
  if (pinned.delivery.mode !== 'append' || row.frozen_at !== null || row.retry_of !== null || row.released_at !== null) return
  const partial = await deps.runs.partialAppend(row.orchestration_id, row.id)
  if (partial !== null) throw new SegueError('APPEND_AFTER_PARTIAL', `Run ${partial} delivered a part of its rows and not the others.`)
}

interface Ending {
  readonly state: FinalState
  readonly reason: string | null
  readonly error: Problem | null
}

/** The ledger first, then the end: who sees that a run has ended finds what became of every row. */
async function endRun(work: RunWork, steps: DeliverySteps, end: Ending): Promise<void> {
  const { deps, lease, run } = work
  const { state, reason, error } = end
  const otherwise = state === 'cancelled' ? 'RUN_CANCELLED' : 'RUN_FAILED'
  const ledgers = await writeLedgers(deps, await deps.runs.load(run), otherwise, steps.spool()).catch(async (trouble: unknown) => {
    deps.onWarning(`The ledger of run ${run} could not be written: ${String(trouble)}`)
    await lease.write({ kind: 'warning', text: `The ledger could not be written: ${toProblem(trouble).detail}` })
    return []
  })
  deps.reached('ledger_written')
  await lease.write({ kind: 'end', state, reason, error, ledgers })
}

/** The run goes on later, here or elsewhere, by itself or when a person has decided. */
async function leaveRun({ lease, deps }: RunWork, found: StoredRun, stop: Exclude<Stop, { do: 'end' }>): Promise<void> {
  const { tries } = found.run
  const leave = { kind: 'leave', reason: null, error: null, tries, afterMs: 0, decideWithinMs: null } as const
  if (stop.do === 'hand_over') return lease.write({ ...leave, state: 'queued' })
  const { reason, error } = stop
  if (stop.do === 'ask') return lease.write({ ...leave, state: stop.state, reason, error, decideWithinMs: deps.timings.decideMs })
  return lease.write({ ...leave, state: 'retry_wait', reason, error, tries: stop.tries, afterMs: stop.afterMs })
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

/** A run that succeeded and has its ledger, or ended before its input was frozen, needs its spool no more. What cannot be removed now is removed with the old ones. */
async function tidySpool(deps: EngineDependencies, run: string): Promise<void> {
  const { run: row, datasets } = await deps.runs.load(run)
  const isKept = datasets.every(({ ledger }) => ledger !== null)
  const hasSucceeded = row.state === 'succeeded' || row.state === 'succeeded_with_rejects'
  if (isFinal(row.state) && (row.spool === null || (hasSucceeded && isKept)))
    await removeSpool(deps.spoolDir, run).catch((error: unknown) =>
      deps.onWarning(`The spool of run ${run} could not be removed: ${toProblem(error).detail}`),
    )
}
