import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { rm } from 'node:fs/promises'
import type { EngineDependencies } from './dependencies.ts'
import type { Lease } from './lease.ts'
import type { PinnedRun } from './pinned-run.ts'
import type { ProgressTeller } from './run-progress.ts'

/** What every step of a run gets: the run, the hold on it, and where it keeps what is on its way. */
export interface RunWork {
  readonly deps: EngineDependencies
  readonly run: string
  readonly epoch: string
  readonly pinned: PinnedRun
  readonly lease: Lease
  readonly progress: ProgressTeller
  /** What the run has open; closed when its work ends, the newest first. */
  readonly open: AsyncDisposableStack
}

/** The spool folder of one epoch of a run, relative to the spool directory. */
export function spoolName(run: string, epoch: string): string {
  return `${run}/${epoch}`
}

/** Bytes of a file, or null where there is none. */
export async function fileBytes(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  )
}

/** Removes what a run kept on this machine, all epochs of it. */
export async function removeSpool(spoolDir: string, run: string): Promise<void> {
  await rm(join(spoolDir, run), { recursive: true, force: true })
}
