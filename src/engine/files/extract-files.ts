/** From the plan to frozen files: each rendered once, hashed, and sent to its temporary name while it grows. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileDestination, FileUpload } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import type { ReaderSession } from '../../contract/reader.ts'
import type { FrozenFacts, NewPart, StagedFile } from '../../store/runs/run-changes.ts'
import { deadlineMs, listTables, openDatabase } from '../connections.ts'
import { checkDistinctNames, fileNameOf, planDatasets, type PlannedDataset } from '../plan-datasets.ts'
import type { StoredRun } from '../run-store.ts'
import { spoolName } from '../run-work.ts'
import { newFilePart } from './file-part.ts'
import type { FileWork } from './file-work.ts'
import { makeSpoolFile, renderFile, type RenderedFile } from './render-file.ts'

interface DatasetOnItsWay {
  readonly dataset: PlannedDataset
  readonly number: number
  readonly part: NewPart
  /** Relative to the spool folder. */
  readonly spoolFile: string
  upload: FileUpload | null
}

type Frozen = readonly { readonly facts: FrozenFacts; readonly file: StagedFile }[]

/** Renders every file, and brings it to the destination under its temporary name where that works. Throws what stopped it; then nothing is frozen. */
export async function extractFiles(work: FileWork, destination: FileDestination, found: StoredRun): Promise<void> {
  const { deps, lease, run, epoch } = work
  const datasets = await plan(work, found)
  await refuseExisting(work, destination, datasets)
  const frozen = await renderAll(work, destination, datasets).catch(async (error: unknown) => {
    // Nothing is frozen: what was sent is of no use to anybody.
    for (const { upload } of datasets) await upload?.abort()
    throw error
  })
  deps.reached('extracted')
  const files = frozen.map(({ file }) => file)
  checkDistinctNames(files.flatMap(({ state, name }) => (state === 'unneeded' ? [] : [name])))
  await lease.write({ kind: 'frozen', spool: spoolName(run, epoch), datasets: frozen.map(({ facts }) => facts), files })
  deps.reached('frozen')
  const empty = work.file.emptyResult === 'fail' ? frozen.find(({ file }) => file.rows === 0) : undefined
  if (empty) throw new SegueError('EMPTY_RESULT', `"${datasets[empty.facts.dataset]?.dataset.name}" gave no rows.`)
}

async function renderAll(work: FileWork, destination: FileDestination, datasets: readonly DatasetOnItsWay[]): Promise<Frozen> {
  const { deps, lease, run, epoch } = work
  if (work.definition.capabilities.onOneMachine) for (const dataset of datasets) await begin(work, destination, dataset)
  const folder = join(deps.spoolDir, spoolName(run, epoch))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const outputs = datasets.map(({ upload, spoolFile }) => upload?.localPath ?? join(folder, spoolFile))
  const session = await openDatabase(deps, work.pinned.database, { outputs, deadlineMs, signal: lease.signal })
  try {
    const frozen: Frozen[number][] = []
    for (const [index, dataset] of datasets.entries()) {
      lease.signal.throwIfAborted()
      frozen.push(await extractOne(work, { destination, session, dataset, output: outputs[index] ?? '' }))
    }
    return frozen
  } finally {
    await session.close()
  }
}

async function plan(work: FileWork, found: StoredRun): Promise<DatasetOnItsWay[]> {
  const { pinned, deps, lease, run, epoch, file } = work
  const tables = pinned.object.kind === 'export' ? await listTables(deps, pinned.database, lease.signal) : []
  const planned = planDatasets(pinned, file, run, epoch, tables)
  // A retry run has the datasets that were left; what else the export has by now is not its business.
  const wanted = found.run.retry_of === null ? null : new Set(found.datasets.map(({ name }) => name))
  const datasets = planned.datasets.filter(({ name }) => wanted === null || wanted.size === 0 || wanted.has(name))
  const stableIds = new Map(
    found.open.map((part) => [found.datasets.find(({ number }) => number === part.dataset)?.name, part.stable_id] as const),
  )
  const parts = datasets.map((dataset, number) => newFilePart(number, dataset.target, stableIds.get(dataset.name)))
  await lease.write(
    { kind: 'plan', datasets: datasets.map(({ name }) => name), parts },
    { kind: 'event', event: 'running', detail: { datasets: datasets.length } },
    ...planned.warnings.map((text) => ({ kind: 'warning' as const, text })),
  )
  deps.reached('planned')
  return datasets.map((dataset, number) => ({
    dataset,
    number,
    part: parts[number] ?? newFilePart(number, dataset.target, undefined),
    spoolFile: `${number}.${file.format}`,
    upload: null,
  }))
}

/** Where an existing file must not be touched, say so before the work and not after it. Publishing checks again. */
async function refuseExisting({ file }: FileWork, destination: FileDestination, datasets: readonly DatasetOnItsWay[]): Promise<void> {
  if (file.existing !== 'fail') return
  for (const { dataset } of datasets) {
    if (await destination.stat(dataset.target.name))
      throw new SegueError('FILE_EXISTS', `File "${dataset.target.name}" is at the destination already.`)
  }
}

/** The intent first; then the temporary file is made. Nobody would remove one that a worker makes which was stopped meanwhile, and has lost the run. */
async function begin({ lease, deps }: FileWork, destination: FileDestination, dataset: DatasetOnItsWay): Promise<FileUpload> {
  await lease.write({ kind: 'sending', part: dataset.part.id })
  deps.reached('intent_written')
  await lease.cover(0)
  dataset.upload = await destination.begin(dataset.dataset.target)
  return dataset.upload
}

async function extractOne(
  work: FileWork,
  on: {
    readonly destination: FileDestination
    readonly session: ReaderSession
    readonly dataset: DatasetOnItsWay
    readonly output: string
  },
): Promise<{ facts: FrozenFacts; file: StagedFile }> {
  const { lease, progress, file, definition } = work
  const { dataset, number, spoolFile } = on.dataset
  const upload = on.dataset.upload ?? (await begin(work, on.destination, on.dataset))
  const inPlace = upload.localPath !== undefined
  if (!inPlace) await makeSpoolFile(on.output)
  progress.enter('extracting', dataset.name)
  const rendered = await renderFile(on.session, dataset, file, upload, on.output, {
    blockBytes: definition.capabilities.blockBytes,
    signal: lease.signal,
    onProgress: (news) => progress.tell(news),
  })
  const { rejects, rows, columns } = rendered.rendered
  const rejected = rejects.reduce((sum, each) => sum + each.rows, 0)
  const frozen = {
    file: inPlace ? null : spoolFile,
    rows,
    bytes: rendered.bytes,
    sha256: rendered.sha256,
  }
  return {
    facts: { dataset: number, frozen, columns, rejects, queried: rows + rejected, rejected },
    file: await stage(work, on.dataset, upload, rendered, inPlace),
  }
}

/** Brings the upload to its end, or says that the file is to be sent from the spool. */
async function stage(
  work: FileWork,
  { dataset, part }: DatasetOnItsWay,
  upload: FileUpload,
  { rendered, bytes, sha256, uploadFailure }: RenderedFile,
  inPlace: boolean,
): Promise<StagedFile> {
  const { file, pinned, run } = work
  const { rows } = rendered
  const facts = { part: part.id, name: fileNameOf(pinned, file, run, dataset.name, rows).name, rows, bytes, sha256 }
  if (rows === 0 && file.emptyResult !== 'send') {
    await upload.abort()
    return { ...facts, state: 'unneeded' }
  }
  try {
    if (uploadFailure !== null) throw uploadFailure
    await upload.stage({ bytes })
    return { ...facts, state: 'staged' }
  } catch (error) {
    work.lease.signal.throwIfAborted()
    if (inPlace) throw error
    await upload.abort()
    return { ...facts, state: 'pending' }
  }
}
