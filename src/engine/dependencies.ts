import type { Net } from '../contract/net.ts'
import type { Reader } from '../contract/reader.ts'
import type { Registry } from '../contract/registry.ts'
import type { Store } from '../store/open-store.ts'
import type { Configuration } from './configuration.ts'
import type { CrashPoint } from './crash-points.ts'
import type { Paces } from './records/pace.ts'
import type { RunStore } from './run-store.ts'
import type { Timings } from './timings.ts'

/** What the engine is made of; app.ts hands it over. */
export interface EngineDependencies {
  readonly store: Store
  /** The store as a worker sees it. */
  readonly runs: RunStore
  readonly objects: Configuration
  readonly reader: Reader
  readonly registry: Registry
  readonly net: Net
  readonly clock: () => Date
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonicMs: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly random: () => number
  readonly timings: Timings
  /** Names this worker in leases. */
  readonly owner: string
  /** Told at each crash point; nothing but in tests. */
  readonly reached: (point: CrashPoint) => void
  /** Where runs keep what is on its way; one folder per run and epoch below it, mode 0700. */
  readonly spoolDir: string
  /** Where ledgers and rejected rows are kept for good; one folder per run below it, mode 0700. */
  readonly ledgerDir: string
  /** How fast requests may go, over all runs of this process. */
  readonly paces: Paces
  readonly onWarning: (text: string) => void
}
