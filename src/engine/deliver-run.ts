/** The steps of a run from its plan to its last visible file. Each step writes its intent first and its result after. */
import { join } from 'node:path'
import { SegueError } from '../contract/errors.ts'
import type { TableInfo } from '../contract/database.ts'
import { fileDestinationDefinition, openDatabase, openDestination } from './connections.ts'
import { checkSomethingAccepted } from './decide-end.ts'
import { beginFile, renderAndSend } from './deliver-file.ts'
import type { EngineDependencies } from './dependencies.ts'
import { checkDistinctNames, fileNameOf, planDatasets } from './plan-datasets.ts'
import { askPublished } from './settle-publish.ts'
import { makeSpool, sizeOf, standingOf, targetOf, type DatasetWork, type RunWork } from './run-work.ts'

/** Until time limits exist a query may run for a day. */
const deadlineMs = 24 * 60 * 60 * 1000

/** Delivers everything, or throws what stopped it; `work` tells how far it came. */
export async function deliverRun(deps: EngineDependencies, work: RunWork): Promise<void> {
  await plan(deps, work)
  await beginInPlace(deps, work)
  await extract(deps, work)
  checkSomethingAccepted(
    sumOf(work.datasets, ({ written, rejected }) => written + rejected),
    sumOf(work.datasets, ({ written }) => written),
  )
  await publish(deps, work)
}

function sumOf(datasets: readonly DatasetWork[], pick: (extracted: { written: number; rejected: number }) => number): number {
  return datasets.reduce((sum, dataset) => sum + pick(standingOf(dataset).extracted ?? { written: 0, rejected: 0 }), 0)
}

async function plan(deps: EngineDependencies, work: RunWork): Promise<void> {
  const { pinned, signal } = work
  const planned = planDatasets(pinned, work.file, work.run, work.epoch, pinned.object.kind === 'export' ? await listTables(deps, work) : [])
  const parts = await work.ledger.plan(planned.datasets)
  for (const warning of planned.warnings) await work.ledger.warn(warning)
  work.datasets = planned.datasets.map((dataset, index) => {
    const part = parts[index]
    if (!part) throw new Error('a dataset without a part')
    return { dataset, part, onItsWay: null, rendered: null, publishing: null, state: 'planned' }
  })
  work.destination = await openDestination(deps, pinned.destination, pinned.settings, signal)
  await refuseExisting(work)
}

async function listTables(deps: EngineDependencies, work: RunWork): Promise<readonly TableInfo[]> {
  const session = await openDatabase(deps, work.pinned.database, { outputs: [], deadlineMs, signal: work.signal })
  try {
    return await session.tables()
  } finally {
    await session.close()
  }
}

/** Where an existing file must not be touched, say so before the work and not after it. Publishing checks again. */
async function refuseExisting({ destination, datasets, file }: RunWork): Promise<void> {
  if (file.existing !== 'fail') return
  for (const { dataset } of datasets) {
    if (await destination?.stat(dataset.target.name))
      throw new SegueError('FILE_EXISTS', `File "${dataset.target.name}" is at the destination already.`)
  }
}

/** Files that are rendered in place must exist before the reader's configuration is locked: it may write these paths and no others. */
async function beginInPlace(deps: EngineDependencies, work: RunWork): Promise<void> {
  if (!fileDestinationDefinition(deps, work.pinned.destination.type).capabilities.onOneMachine) return
  await work.ledger.sending(work.datasets.map(({ part }) => part))
  for (const dataset of work.datasets) await begin(work, dataset)
}

function spoolFile(work: RunWork, { part }: DatasetWork): string {
  return join(work.spool, `${part.dataset}.${work.file.format}`)
}

async function begin(work: RunWork, dataset: DatasetWork): Promise<void> {
  if (!work.destination) throw new Error('the destination is not open')
  dataset.state = 'sending'
  dataset.onItsWay = await beginFile(work.destination, dataset.dataset.target, spoolFile(work, dataset))
}

async function extract(deps: EngineDependencies, work: RunWork): Promise<void> {
  const { pinned, signal } = work
  const outputs = work.datasets.map((dataset) => dataset.onItsWay?.output ?? spoolFile(work, dataset))
  await makeSpool(work.spool)
  work.session = await openDatabase(deps, pinned.database, { outputs, deadlineMs, signal })
  for (const dataset of work.datasets) {
    signal.throwIfAborted()
    if (dataset.onItsWay === null) {
      await work.ledger.sending([dataset.part])
      await begin(work, dataset)
    }
    await extractOne(deps, work, dataset)
  }
  await work.session.close()
  work.session = null
}

async function extractOne(deps: EngineDependencies, work: RunWork, dataset: DatasetWork): Promise<void> {
  const { session, ledger, progress, file } = work
  if (!session || !dataset.onItsWay) throw new Error('the file was not begun')
  progress.enter('extracting', dataset.dataset.name)
  dataset.rendered = await renderAndSend(session, dataset.dataset, file, dataset.onItsWay, {
    blockBytes: fileDestinationDefinition(deps, work.pinned.destination.type).capabilities.blockBytes,
    signal: work.signal,
    onProgress: (news) => progress.tell(news),
  })
  const { rendered, bytes, sha256 } = dataset.rendered
  await ledger.extracted(dataset.part, rendered.columns, rendered.rejects, standingOf(dataset))
  if (rendered.rows === 0 && file.emptyResult !== 'send') {
    if (file.emptyResult === 'fail') throw new SegueError('EMPTY_RESULT', `"${dataset.dataset.name}" gave no rows.`)
    await dataset.onItsWay.upload.abort()
    dataset.state = 'not_needed'
    await ledger.notNeeded(dataset.part, standingOf(dataset))
    return
  }
  await dataset.onItsWay.upload.stage({ bytes })
  dataset.state = 'staged'
  dataset.publishing = fileNameOf(work.pinned, file, work.run, dataset.dataset.name, rendered.rows).name
  await ledger.staged(dataset.part, { name: dataset.publishing, rows: rendered.rows, bytes, sha256 })
}

/** One after the other, as close together as the protocol allows. */
async function publish(deps: EngineDependencies, work: RunWork): Promise<void> {
  const staged = work.datasets.filter(({ state }) => state === 'staged')
  checkDistinctNames(staged.map(({ publishing }) => publishing ?? ''))
  work.signal.throwIfAborted()
  await work.ledger.phase('publishing')
  work.progress.enter('publishing', '')
  for (const dataset of staged) {
    const name = await publishOne(deps, work, dataset)
    dataset.state = 'published'
    await work.ledger.sent(dataset.part, name, standingOf(dataset))
  }
}

/**
 * The name that the file got. Where the answer was lost, the destination is asked before anything is said; where that cannot be done now,
 * because the run was stopped or the destination is away, or where publishing failed, the file stays `publishing` for the cleaning up to settle.
 */
async function publishOne(deps: EngineDependencies, work: RunWork, dataset: DatasetWork): Promise<string> {
  try {
    return await askToPublish(work, dataset)
  } catch (error) {
    const lost = error instanceof SegueError && error.code === 'DESTINATION_LOST'
    if (!lost || work.signal.aborted) throw error
    work.destination = await openDestination(deps, work.pinned.destination, work.pinned.settings, work.signal)
    const outcome = await askPublished(work.destination, targetOf(dataset), sizeOf(dataset))
    if (outcome === 'published') return targetOf(dataset).name
    if (outcome === 'not_published') return askToPublish(work, dataset)
    dataset.state = 'unknown'
    throw error
  }
}

/** Asks once. An error says nothing of the file: it may have come after the rename, such as from the sync of its folder. */
async function askToPublish({ destination, file }: RunWork, dataset: DatasetWork): Promise<string> {
  if (!destination) throw new Error('the destination is not open')
  dataset.state = 'publishing'
  return destination.publish(targetOf(dataset), file.existing)
}
