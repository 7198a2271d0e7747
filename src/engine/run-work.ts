import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileDestination, FileTarget } from '../contract/destination.ts'
import type { FileSettings } from '../contract/files.ts'
import type { ReaderSession } from '../contract/reader.ts'
import type { DatasetStanding } from './counts.ts'
import type { FileOnItsWay, RenderedFile } from './deliver-file.ts'
import type { PlannedDataset } from './plan-datasets.ts'
import type { PinnedRun } from './pinned-run.ts'
import type { LedgerPart, RunLedger } from './run-ledger.ts'
import type { ProgressTicker } from './run-progress.ts'

/** One dataset and its file, from plan to visible. */
export interface DatasetWork {
  readonly dataset: PlannedDataset
  readonly part: LedgerPart
  onItsWay: FileOnItsWay | null
  rendered: RenderedFile | null
  /** Name that is or was asked for in publishing; set before the request. */
  publishing: string | null
  /** `publishing`: asked for, and no answer heard yet. */
  state: 'planned' | 'sending' | 'staged' | 'publishing' | 'published' | 'not_needed' | 'unknown'
}

/** What a run has open and how far it is; the steps of deliver-run.ts change it, execute-run.ts cleans up after it. */
export interface RunWork {
  readonly run: string
  readonly epoch: string
  readonly pinned: PinnedRun
  readonly file: FileSettings
  readonly spool: string
  readonly ledger: RunLedger
  readonly progress: ProgressTicker
  readonly signal: AbortSignal
  datasets: readonly DatasetWork[]
  destination: FileDestination | null
  session: ReaderSession | null
}

/** Where the file of a dataset goes: under the name that is asked for in publishing, once that is known. */
export function targetOf({ dataset, publishing }: DatasetWork): FileTarget {
  return { name: publishing ?? dataset.target.name, temporaryName: dataset.target.temporaryName }
}

/** Bytes of the rendered file. */
export function sizeOf({ rendered }: DatasetWork): number {
  if (!rendered) throw new Error('the file was not rendered')
  return rendered.bytes
}

/** How a dataset stands, for its counts. */
export function standingOf({ rendered, state }: DatasetWork): DatasetStanding {
  if (!rendered) return { extracted: null, outcome: 'waiting' }
  const rejected = rendered.rendered.rejects.reduce((sum, { rows }) => sum + rows, 0)
  const outcome = state === 'published' || state === 'not_needed' ? 'visible' : state === 'unknown' ? 'unknown' : 'waiting'
  return { extracted: { written: rendered.rendered.rows, rejected }, outcome }
}

/** The spool folder of one epoch of a run; made when the first file needs it. */
export function spoolFolder(spoolDir: string, run: string, epoch: string): string {
  return join(spoolDir, run, epoch)
}

export async function makeSpool(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

/** Removes what a run kept on this machine, all epochs of it. */
export async function removeSpool(spoolDir: string, run: string): Promise<void> {
  await rm(join(spoolDir, run), { recursive: true, force: true })
}
