import type { FileDestination } from '../contract/destination.ts'
import { SegueError } from '../contract/errors.ts'
import { parseFileSettings } from '../files/settings.ts'
import { claimRun } from '../store/runs/run-progress.ts'
import { openDestination } from './connections.ts'
import { endingOfDelivered, endingOfError, type RunEnding } from './decide-end.ts'
import { deliverRun } from './deliver-run.ts'
import type { EngineDependencies } from './dependencies.ts'
import { durably } from './durably.ts'
import type { PinnedRun } from './pinned-run.ts'
import { openLedger, type LedgerPart } from './run-ledger.ts'
import { startProgress } from './run-progress.ts'
import { removeSpool, sizeOf, spoolFolder, standingOf, targetOf, type DatasetWork, type RunWork } from './run-work.ts'
import { askPublished } from './settle-publish.ts'

const cleanUpMs = 15_000

/**
 * Does one run from claim to end, in this process. Never throws for what happens to the run: that is written in the run. Aborting the controller
 * stops it, with the reason as the run's error.
 */
export async function executeRun(deps: EngineDependencies, run: string, pinned: PinnedRun, controller: AbortController): Promise<void> {
  const file = parseFileSettings(pinned.settings)
  const epoch = await durably(() => claimRun(deps.store.db, run))
  if (epoch === null) return
  const ledger = openLedger(deps.store, run, epoch)
  const progress = startProgress(ledger, controller)
  const work: RunWork = {
    run,
    epoch,
    pinned,
    file,
    spool: spoolFolder(deps.spoolDir, run, epoch),
    ledger,
    progress,
    signal: controller.signal,
    datasets: [],
    destination: null,
    session: null,
  }
  let ending: RunEnding
  try {
    await deliverRun(deps, work)
    ending = endingOfDelivered(total(work))
  } catch (error) {
    const stopped: unknown = controller.signal.aborted ? controller.signal.reason : error
    if (!(stopped instanceof SegueError))
      deps.onWarning(`Run ${run} failed unexpectedly: ${String(stopped instanceof Error ? stopped.stack : stopped)}`)
    await cleanUp(deps, work)
    ending = endingOfError(stopped, {
      published: work.datasets.filter(({ state }) => state === 'published').length,
      files: work.datasets.length,
    })
  } finally {
    progress.stop()
    await work.session?.close()
    await work.destination?.close().catch(() => undefined)
    await removeSpool(deps.spoolDir, run)
  }
  const partsIn = (...states: readonly DatasetWork['state'][]): readonly LedgerPart[] =>
    work.datasets.filter(({ state }) => states.includes(state)).map(({ part }) => part)
  await ledger.end(ending, work.datasets.map(standingOf), {
    failed: partsIn('planned', 'sending', 'staged', 'publishing'),
    unknown: partsIn('unknown'),
  })
}

function total(work: RunWork): { rejected: number; unknown: number } {
  const standings = work.datasets.map(standingOf)
  return {
    rejected: standings.reduce((sum, { extracted }) => sum + (extracted?.rejected ?? 0), 0),
    unknown: standings.reduce((sum, { extracted, outcome }) => sum + (outcome === 'unknown' ? (extracted?.written ?? 0) : 0), 0),
  }
}

/**
 * Settles every file that is neither visible nor given up, over a new connection where the old one is gone: one whose publishing was asked for
 * is looked for, the temporary ones of the others are removed.
 */
async function cleanUp(deps: EngineDependencies, work: RunWork): Promise<void> {
  await work.session?.close()
  const open = work.datasets.filter(({ onItsWay, state }) => onItsWay !== null && ['sending', 'staged', 'publishing'].includes(state))
  // What is being published may be visible by now, and is not touched before it was looked for.
  for (const { onItsWay, state } of open) if (state !== 'publishing') await onItsWay?.upload.abort()
  if (open.length === 0) return
  await work.destination?.close().catch(() => undefined)
  work.destination = null
  try {
    const fresh = await openDestination(deps, work.pinned.destination, work.pinned.settings, AbortSignal.timeout(cleanUpMs))
    try {
      for (const dataset of open) await settle(work, dataset, fresh)
    } finally {
      await fresh.close()
    }
  } catch (error) {
    for (const dataset of open) if (dataset.state === 'publishing') dataset.state = 'unknown'
    const names = open.map(({ dataset }) => dataset.target.temporaryName).join(', ')
    await work.ledger.warn(
      `Temporary files may be left at the destination (${names}): ${error instanceof SegueError ? error.detail : 'it could not be asked'}`,
    )
  }
}

async function settle({ ledger }: RunWork, dataset: DatasetWork, destination: FileDestination): Promise<void> {
  const target = targetOf(dataset)
  const outcome = dataset.state === 'publishing' ? await askPublished(destination, target, sizeOf(dataset)) : 'not_published'
  if (outcome === 'not_published') {
    await destination.discard(target.temporaryName)
    dataset.state = 'staged'
    return
  }
  dataset.state = outcome
  if (outcome === 'published') await ledger.sent(dataset.part, target.name, standingOf(dataset))
}
