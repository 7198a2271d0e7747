/** The steps of a run that delivers files. Each begins where an earlier worker ended: what is written is what is known. */
import type { FileDestination } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { checkSomethingAccepted } from '../decide-end.ts'
import type { StoredRun } from '../run-store.ts'
import { fileBytes } from '../run-work.ts'
import { extractFiles } from './extract-files.ts'
import { filePartOf, type FilePart } from './file-part.ts'
import { connect, type FileWork } from './file-work.ts'
import { publishFile } from './publish-file.ts'
import { sendFile, spoolPathOf } from './send-file.ts'

/** Delivers everything, or throws what stopped it; the store tells how far it came. */
export async function deliverFiles(work: FileWork): Promise<void> {
  const { deps, lease, run } = work
  const destination = await connect(work)
  let found = await deps.runs.load(run)
  if (found.run.frozen_at !== null && !(await hasInput(work, destination, found))) {
    const isSeen = found.visible > 0 || found.open.some(({ publish_asked_at }) => publish_asked_at !== null)
    if (isSeen) throw new SegueError('SPOOL_LOST', 'A file that is still to be sent is not in the spool any more.')
    await discardEarlier(destination, found)
    await lease.write({ kind: 'thawed' })
    found = await deps.runs.load(run)
  }
  if (found.run.frozen_at === null) {
    await discardEarlier(destination, found)
    await extractFiles(work, destination, found)
    found = await deps.runs.load(run)
  }
  const sum = (pick: (dataset: StoredRun['datasets'][number]) => string | null): number =>
    found.datasets.reduce((total, dataset) => total + Number(pick(dataset) ?? 0), 0)
  const queried = sum((dataset) => dataset.queried)
  checkSomethingAccepted(queried, queried - sum(({ rejected }) => rejected))
  await sendAndPublish(work, destination, found)
}

async function sendAndPublish(work: FileWork, destination: FileDestination, found: StoredRun): Promise<void> {
  const { deps, lease, run, progress } = work
  const staged: { part: FilePart; spoolPath: string | null }[] = []
  const left = await whatIsLeft(work, destination, found)
  if (left.some(({ isThere }) => !isThere)) await lease.write({ kind: 'phase', phase: 'delivering' })
  for (const { part, spoolPath, isThere } of left) {
    if (isThere) {
      staged.push({ part, spoolPath })
      continue
    }
    if (spoolPath === null) throw new SegueError('SPOOL_LOST', `"${part.name}" is not in the spool.`)
    progress.enter('delivering', nameOf(found, part))
    staged.push({ part: await sendFile(work, destination, part, spoolPath), spoolPath })
  }
  lease.signal.throwIfAborted()
  if (staged.length === 0) return
  await lease.write({ kind: 'phase', phase: 'publishing' })
  progress.enter('publishing', '')
  for (const { part, spoolPath } of staged) {
    lease.signal.throwIfAborted()
    await publishFile(work, destination, part, spoolPath !== null && (await fileBytes(spoolPath)) === part.bytes)
  }
  const after = await deps.runs.load(run)
  // Files whose fate nobody knows, which are to be sent again.
  if (after.open.some(({ state }) => state === 'pending')) await sendAndPublish(work, destination, after)
}

/** The files that are still to be published; `isThere`: whole under its temporary name, or asked to be made visible, so that it need not be sent. */
async function whatIsLeft(
  work: FileWork,
  destination: FileDestination,
  found: StoredRun,
): Promise<{ part: FilePart; spoolPath: string | null; isThere: boolean }[]> {
  const left = []
  for (const row of found.open.filter(({ state }) => state !== 'unknown' && state !== 'failed')) {
    const part = filePartOf(row)
    const isThere = part.state === 'staged' && (row.epoch === work.epoch || part.publishAsked || (await isWhole(destination, part)))
    left.push({ part, spoolPath: pathOf(work, found, part), isThere })
  }
  return left
}

const nameOf = (found: StoredRun, { dataset }: FilePart): string => found.datasets.find(({ number }) => number === dataset)?.name ?? ''

function pathOf({ deps }: FileWork, found: StoredRun, { dataset }: FilePart): string | null {
  return spoolPathOf(deps.spoolDir, found.run.spool, found.datasets.find(({ number }) => number === dataset)?.frozen?.file)
}

/** Whether what was frozen is there: in the spool, or whole under its temporary name. What was asked to be made visible is settled later. */
async function hasInput(work: FileWork, destination: FileDestination, found: StoredRun): Promise<boolean> {
  for (const row of found.open) {
    if (row.state === 'unknown' || row.state === 'failed' || row.publish_asked_at !== null) continue
    const part = filePartOf(row)
    const path = pathOf(work, found, part)
    const isStaged = part.state === 'staged' && (await isWhole(destination, part))
    if (!isStaged && (path === null || (await fileBytes(path)) !== part.bytes)) return false
  }
  return true
}

async function isWhole(destination: FileDestination, { temporaryName, bytes }: FilePart): Promise<boolean> {
  return (await destination.stat(temporaryName))?.bytes === bytes
}

/** Temporary files of earlier epochs of this run; everything that was sent before the input was frozen starts from nothing. */
async function discardEarlier(destination: FileDestination, { open }: StoredRun): Promise<void> {
  for (const { temporary_name: name, state } of open) if (name !== null && state !== 'pending') await destination.discard(name)
}
