import type { RunRow } from '../store/runs/runs.ts'
import type { Claim, Renewal } from '../store/runs/lease.ts'
import type { PartRow } from '../store/runs/parts.ts'
import type { RunChange } from '../store/runs/run-changes.ts'
import type { RunDatasetRow } from '../store/runs/run-datasets.ts'

/** A run as its worker finds it. */
export interface StoredRun {
  readonly run: RunRow
  readonly datasets: readonly RunDatasetRow[]
  /** Parts that are not settled. */
  readonly open: readonly PartRow[]
  /** Files that are visible already. */
  readonly visible: number
}

/** What a worker asks of the store about the run that it has; a simulation answers it from memory. */
export interface RunStore {
  /** One transaction: renews the lease by `leaseMs`, then writes the changes; where the lease is lost, nothing is written. */
  commit(claim: Claim, leaseMs: number, changes: readonly RunChange[]): Promise<Renewal>
  load(run: string): Promise<StoredRun>
  /** The highest number that a part of the dataset has; -1 where there is none. */
  lastPartNumber(run: string, dataset: number): Promise<number>
  /** The destination wants rest: nobody takes a run of it until then. */
  pauseDestination(destination: string, ms: number): Promise<void>
}
