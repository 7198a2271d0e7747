import type { SpoolSession } from '../contract/reader.ts'
import type { RunChange } from '../store/runs/run-changes.ts'
import type { StoredRun } from './run-store.ts'

/** What differs between runs by what they deliver. */
export interface DeliverySteps {
  /** What is open that a ledger can be written with; null where nothing is, or may be any more. */
  readonly spool: () => SpoolSession | null
  /** Delivers everything, or throws what stopped it. */
  deliver(): Promise<void>
  /** How far it came, for the sentence that says why it stopped: `3 of 5 files are visible at the destination`; null where nothing arrived. */
  said(found: StoredRun): string | null
  /** Leaves nothing half-done at the destination of a run that ends; gives what is to be written about it. Never throws for what the destination says. */
  discard(found: StoredRun): Promise<readonly RunChange[]>
}
