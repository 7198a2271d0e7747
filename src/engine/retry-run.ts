import { join } from 'node:path'
import type { Transaction } from 'kysely'
import { SegueError, type ErrorCode } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { Actor } from '../contract/objects.ts'
import { isFinal } from '../contract/runs.ts'
import { notifyQueue } from '../store/runs/notify-queue.ts'
import { listOpenParts } from '../store/runs/parts.ts'
import { stepBehind } from '../store/runs/decide-run.ts'
import { copyDatasets, copyParts, insertRetry, thawRetry } from '../store/runs/retry-run.ts'
import { addEvent } from '../store/runs/run-events.ts'
import { findRun, type RunRow } from '../store/runs/runs.ts'
import type { Tables } from '../store/tables.ts'
import type { EngineDependencies } from './dependencies.ts'
import { once, type KeepKey } from './once.ts'
import { refused } from './run-actions.ts'
import { fileBytes } from './run-work.ts'
import type { Idempotency } from './service.ts'
import type { StoredRun } from './run-store.ts'

/**
 * Makes a run that delivers what was left of another one, or the rows that the destination refused in it.
 * ACTION_REFUSED, RUN_ACTIVE, SPOOL_EXPIRED, IDEMPOTENCY_MISMATCH.
 */
export async function retryRun(
  deps: EngineDependencies,
  actor: Actor,
  of: RunRow,
  what: RetryWhat,
  idempotency: Idempotency | undefined,
): Promise<RunRow> {
  const request = idempotency && { actor: actor.id, route: `retry ${what} ${of.id}`, ...idempotency }
  return once(deps.store, request, async (keep) => {
    const found = await deps.runs.load(of.id)
    const takeOver = what === 'left' ? await whatWasLeft(deps, found) : whatWasRejected(found)
    return makeRetry(deps, actor, of, what, takeOver, keep)
  })
}

type RetryWhat = 'left' | 'rejected'
/** Copies into the new run what it takes over, in the transaction that makes it. */
type TakeOver = (trx: Transaction<Tables>, id: string) => Promise<void>

async function whatWasLeft(deps: EngineDependencies, found: StoredRun): Promise<TakeOver> {
  const { run } = found
  if (run.state !== 'failed' && run.state !== 'cancelled') throw refused(run, 'retry')
  if (run.reason === 'ALL_REJECTED')
    throw new SegueError('ACTION_REFUSED', `Every row of run ${run.id} was rejected: the same rows would be rejected again.`)
  const hasInput = await checkInput(deps, found)
  return async (trx, id) => {
    await copyDatasets(trx, { id, of: run.id })
    const left = await listOpenParts(trx, run.id)
    await copyParts(
      trx,
      { id, of: run.id },
      left.map((part) => ({ old: part.id, id: newId('part') })),
    )
    if (!hasInput) await thawRetry(trx, id)
  }
}

/** Rows that were refused before anything was sent would be refused again: their values cannot change. */
function whatWasRejected({ run, datasets }: StoredRun): TakeOver {
  if (!isFinal(run.state)) throw refused(run, 'a retry of its rejected rows')
  if (datasets.every(({ rejected_rows: rejected }) => rejected === null))
    throw new SegueError(
      'ACTION_REFUSED',
      `No rejected rows of run ${run.id} are kept: it has none, or it delivers files, and a file is rendered as a whole.`,
    )
  if (datasets.every(({ rejects }) => rejects.every(({ code }) => refusedBeforeSending.has(code))))
    throw new SegueError(
      'ACTION_REFUSED',
      `The rows of run ${run.id} were refused before anything was sent: mend the query or the template.`,
    )
  return (trx, id) => thawRetry(trx, id)
}

const refusedBeforeSending: ReadonlySet<string> = new Set<ErrorCode>([
  'CAST_FAILED',
  'VALUE_NOT_EXPRESSIBLE',
  'ROW_TOO_LARGE',
  'KEY_MISSING',
  'DUPLICATE_KEY',
])

async function makeRetry(
  deps: EngineDependencies,
  actor: Actor,
  of: RunRow,
  what: RetryWhat,
  takeOver: TakeOver,
  keep: KeepKey,
): Promise<RunRow> {
  const { db } = deps.store
  const id = newId('run')
  const made = await db.transaction().execute(async (trx) => {
    // A run that is held until this one is retried steps behind it.
    await stepBehind(trx, of.orchestration_id)
    if (!(await insertRetry(trx, { id, of: of.id, what, actor: actor.id }))) return false
    await takeOver(trx, id)
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
  const unplanned = datasets.filter(({ frozen, planned_to: plannedTo }) => frozen?.refused !== undefined && Number(plannedTo) < frozen.rows)
  if (open.length === 0 && unplanned.length === 0) throw new SegueError('ACTION_REFUSED', `Run ${run.id} has nothing left to deliver.`)
  const expired = new SegueError('SPOOL_EXPIRED', `The frozen input of run ${run.id} is not there any more.`)
  for (const { number, frozen } of datasets) {
    const parts = open.filter(({ dataset }) => dataset === number)
    if (parts.length === 0 && !unplanned.some((dataset) => dataset.number === number)) continue
    // It was rendered where it was to be delivered, and removed when the run ended.
    if (frozen?.file == null) return false
    const bytes = await fileBytes(join(spoolDir, run.spool, frozen.file))
    if (bytes !== frozen.bytes) throw expired
  }
  return true
}
