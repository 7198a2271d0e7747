/** Runs whose process died: shown as failed with the reason, and what they left at the destination and here is removed. */
import { SegueError, toProblem } from '../contract/errors.ts'
import type { FileDestination } from '../contract/destination.ts'
import { listParts, partSent, setPartState, type PartRow } from '../store/runs/parts.ts'
import { listDatasets, setCounts, type DatasetCounts, type RunDatasetRow } from '../store/runs/run-datasets.ts'
import { addEvent } from '../store/runs/run-events.ts'
import { addWarning, endRun } from '../store/runs/run-progress.ts'
import { findRun, listActiveRuns, type RunRow } from '../store/runs/runs.ts'
import { isFinal } from '../contract/runs.ts'
import { openDestination } from './connections.ts'
import type { EngineDependencies } from './dependencies.ts'
import { pinnedRun } from './pinned-run.ts'
import { removeSpool } from './run-work.ts'
import { askPublished, type PublishOutcome } from './settle-publish.ts'

const cleanUpMs = 15_000

/** Ends every active run whose lock is free, but those of this process. The number of runs that were ended. */
export async function reapRuns(deps: EngineDependencies, ours: ReadonlySet<string>): Promise<number> {
  let reaped = 0
  for (const run of await listActiveRuns(deps.store.db)) {
    if (!ours.has(run.id) && (await reapRun(deps, run))) reaped += 1
  }
  return reaped
}

/** Ends one run if its process died; holding its lock meanwhile keeps a second reaper away. */
export async function reapRun(deps: EngineDependencies, run: RunRow): Promise<boolean> {
  const { store } = deps
  if (!(await store.runLocks.hold(run.id))) return false
  try {
    const now = await findRun(store.db, run.id)
    if (!now || isFinal(now.state)) return false
    await settle(deps, now)
    return true
  } finally {
    await store.runLocks.release(run.id)
  }
}

async function settle(deps: EngineDependencies, run: RunRow): Promise<void> {
  const { db } = deps.store
  const [parts, datasets] = await Promise.all([listParts(db, [run.id]), listDatasets(db, [run.id])])
  const { outcomes, warning } = await settleParts(deps, run, parts)
  await removeSpool(deps.spoolDir, run.id)
  const visible = parts.filter(({ id, state }) => state === 'sent' || outcomes.get(id) === 'published').length
  const error = new SegueError(
    'PROCESS_DIED',
    `The process that ran it ended in phase ${run.phase ?? 'queued'}; ${visible} of ${parts.length} files are visible.`,
  )
  await db.transaction().execute(async (trx) => {
    if (!(await endRun(trx, run.id, run.epoch, { state: 'failed', reason: error.code, error: toProblem(error) }))) return
    for (const part of parts) {
      const outcome = outcomes.get(part.id)
      if (outcome === 'published') await partSent(trx, part.id, part.name ?? '')
      else if (part.state !== 'sent') await setPartState(trx, part.id, outcome === 'unknown' ? 'unknown' : 'failed')
    }
    for (const dataset of datasets) await setCounts(trx, run.id, dataset.number, finalCounts(dataset, parts, outcomes))
    if (warning !== null) await addWarning(trx, run.id, warning)
    await addEvent(trx, run.id, 'failed', { reason: error.code })
  })
}

/** Asks the destination about every file that was on its way, and removes the temporary ones. */
async function settleParts(
  deps: EngineDependencies,
  run: RunRow,
  parts: readonly PartRow[],
): Promise<{ outcomes: ReadonlyMap<string, PublishOutcome>; warning: string | null }> {
  const outcomes = new Map<string, PublishOutcome>()
  const open = parts.filter(({ state }) => state === 'sending' || state === 'staged')
  if (open.length === 0) return { outcomes, warning: null }
  try {
    const pinned = pinnedRun.parse(run.pinned)
    const destination = await openDestination(deps, pinned.destination, pinned.settings, AbortSignal.timeout(cleanUpMs))
    try {
      for (const part of open) outcomes.set(part.id, await settlePart(destination, part))
    } finally {
      await destination.close()
    }
    return { outcomes, warning: null }
  } catch (error) {
    // A file that had been staged may have been published in the last moment: nobody knows until the destination answers again.
    for (const part of open) if (!outcomes.has(part.id)) outcomes.set(part.id, part.state === 'staged' ? 'unknown' : 'not_published')
    const names = open.map(({ temporary_name }) => temporary_name).join(', ')
    return {
      outcomes,
      warning: `Temporary files may be left at the destination (${names}): ${error instanceof SegueError ? error.detail : 'it could not be asked'}`,
    }
  }
}

async function settlePart(destination: FileDestination, part: PartRow): Promise<PublishOutcome> {
  const target = { name: part.name ?? '', temporaryName: part.temporary_name ?? '' }
  const outcome = part.state === 'staged' ? await askPublished(destination, target, Number(part.bytes)) : 'not_published'
  if (outcome === 'not_published') await destination.discard(target.temporaryName)
  return outcome
}

/** The last counts of a dataset: what was pending is delivered, unknown or skipped. */
export function finalCounts(
  dataset: Pick<RunDatasetRow, 'number' | 'queried' | 'rejected' | 'delivered'>,
  parts: readonly Pick<PartRow, 'id' | 'dataset' | 'rows' | 'state'>[],
  outcomes: ReadonlyMap<string, PublishOutcome>,
): DatasetCounts {
  if (dataset.queried === null)
    return { queried: null, delivered: 0, rejected: Number(dataset.rejected), skipped: 0, unknown: 0, pending: 0 }
  const own = parts.filter((part) => part.dataset === dataset.number)
  const rowsOf = (wanted: (part: (typeof own)[number]) => boolean): number =>
    own.filter(wanted).reduce((sum, part) => sum + Number(part.rows ?? 0), 0)
  const delivered = rowsOf(({ id, state }) => state === 'sent' || outcomes.get(id) === 'published')
  const unknown = rowsOf(({ id }) => outcomes.get(id) === 'unknown')
  const queried = Number(dataset.queried)
  const rejected = Number(dataset.rejected)
  return { queried, delivered, rejected, unknown, skipped: queried - rejected - delivered - unknown, pending: 0 }
}
