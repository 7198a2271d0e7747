import type { Claim, Renewal } from '../store/runs/lease.ts'
import type { PartRow } from '../store/runs/parts.ts'
import type { RunChange } from '../store/runs/run-changes.ts'
import type { RunDatasetRow } from '../store/runs/run-datasets.ts'
import type { RunRow } from '../store/runs/runs.ts'

/** A run as its worker finds it. */
export interface StoredRun {
  readonly run: RunRow
  readonly datasets: readonly RunDatasetRow[]
  /** Parts that are not settled. */
  readonly open: readonly PartRow[]
  /** Files that are visible already. */
  readonly visible: number
}

/** What a worker asks of the store about the run that it has; a test may answer it from memory. */
export interface RunStore {
  /** One transaction: renews the lease by `leaseMs`, then writes the changes; where the lease is lost, nothing is written. */
  commit(claim: Claim, leaseMs: number, changes: readonly RunChange[]): Promise<Renewal>
  load(run: string): Promise<StoredRun>
  /** A page of all parts, in the order of their making. */
  parts(run: string, page: { readonly after: string | null; readonly limit: number }): Promise<readonly PartRow[]>
  /** The parts that those parts were split into. */
  children(run: string, parents: readonly string[]): Promise<readonly PartRow[]>
  /** The newest earlier run of the orchestration that delivered some of its rows and left others, undecided; null where there is none. */
  partialAppend(orchestration: string, before: string): Promise<string | null>
}
