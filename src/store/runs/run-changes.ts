/**
 * Everything that a worker may write about the run that it has, as data: decided by the engine, written by apply-changes.ts and by nothing else.
 * Each change may be applied twice (its answer can be lost) and then changes nothing more.
 */
import type { ColumnInfo } from '../../contract/database.ts'
import type { RejectReason, RunPhase, RunProgress, RunState } from '../../contract/runs.ts'
import type { FrozenDataset } from '../tables.ts'

/** A part that is made: a file, or a batch of rows. */
export interface NewPart {
  readonly id: string
  /** The idempotency key; its own id but for a part that a retry run took over. */
  readonly stableId: string
  readonly dataset: number
  readonly number: number
  /** The part that it is a piece of. */
  readonly parent: string | null
  readonly name: string | null
  readonly temporaryName: string | null
  readonly from: number | null
  readonly to: number | null
  /** The rows of a batch that does not hold all from `from` to `to`. */
  readonly ordinals: readonly number[] | null
  readonly rows: number | null
  readonly attempts: number
  readonly spent: number
  readonly possibleDuplicate: boolean
  readonly mayHaveArrived: boolean
}

/** What an attempt left of a part in `sending`. */
export interface Checkpoint {
  readonly part: string
  readonly state: 'sent' | 'pending' | 'failed' | 'unknown' | 'split'
  /** Rows that are settled by it. What is neither goes to the children, or stays with the part. */
  readonly delivered: number
  readonly rejected: number
  /** The attempt counts against the budget. */
  readonly spends: boolean
  readonly possibleDuplicate: boolean
  /** It may have arrived, and this is all that is known. */
  readonly mayHaveArrived: boolean
  readonly reason: string | null
  /** Relative to the spool directory. */
  readonly verdictFile: string | null
}

export interface StagedFile {
  readonly part: string
  /** `staged`: every byte is at the destination under the temporary name; `pending`: it is to be sent from the spool; `unneeded`: no file is wanted. */
  readonly state: 'staged' | 'pending' | 'unneeded'
  readonly name: string
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

export interface FrozenFacts {
  readonly dataset: number
  readonly frozen: FrozenDataset
  readonly columns: readonly ColumnInfo[]
  readonly rejects: readonly RejectReason[]
  readonly queried: number
  readonly rejected: number
}

/** What was kept of a dataset for good. Files are relative to the ledger directory. */
export interface DatasetLedger {
  readonly dataset: number
  readonly ledger: string
  /** Rejected rows with their values; null where there are none. */
  readonly rejectedRows: string | null
  /** Why rows were rejected; null leaves what is there. */
  readonly rejects: readonly RejectReason[] | null
}

export type WaitingState = Extract<RunState, 'queued' | 'retry_wait' | 'blocked' | 'held' | 'needs_review'>
export type FinalState = Extract<RunState, 'succeeded' | 'succeeded_with_rejects' | 'failed' | 'cancelled'>

export type RunChange =
  | { readonly kind: 'progress'; readonly progress: RunProgress }
  | { readonly kind: 'phase'; readonly phase: RunPhase }
  | { readonly kind: 'event'; readonly event: string; readonly detail?: object }
  | { readonly kind: 'warning'; readonly text: string }
  /** The datasets of a run whose input is not frozen, with their first parts; what an earlier epoch planned is forgotten. */
  | { readonly kind: 'plan'; readonly datasets: readonly string[]; readonly parts: readonly NewPart[] }
  /** From here the input is frozen. */
  | { readonly kind: 'frozen'; readonly spool: string; readonly datasets: readonly FrozenFacts[]; readonly files: readonly StagedFile[] }
  /** The frozen input is gone and nothing of it is visible: it is extracted again. */
  | { readonly kind: 'thawed' }
  /** Batches of a dataset, up to the ordinal `plannedTo`; children leave it as it is (null). */
  | { readonly kind: 'parts'; readonly dataset: number; readonly plannedTo: number | null; readonly parts: readonly NewPart[] }
  /** The intent to send: written before the first byte leaves. */
  | { readonly kind: 'sending'; readonly part: string; readonly temporaryName?: string }
  /** Every byte of a file is there, under its temporary name. */
  | { readonly kind: 'staged'; readonly part: string }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  /** The intent to publish, under that name. */
  | { readonly kind: 'publishing'; readonly part: string; readonly name: string }
  /** The file is visible. */
  | { readonly kind: 'published'; readonly part: string; readonly name: string }
  /** The temporary file was removed: it will not be visible, though somebody had asked for that. */
  | { readonly kind: 'withdrawn'; readonly part: string }
  /** The outcome of publishing is not known, and the destination cannot tell: a person decides, or the file is sent again and may be there twice. */
  | { readonly kind: 'lost'; readonly part: string; readonly reason: string; readonly resend: boolean }
  /** A batch whose outcome nobody knows is sent again. */
  | { readonly kind: 'reopened'; readonly part: string }
  /** Gives the run out of the hands: it waits for its time, or for a person. */
  | {
      readonly kind: 'leave'
      readonly state: WaitingState
      readonly reason: string | null
      readonly error: object | null
      /** Tries that failed since the run last came forward. */
      readonly tries: number
      /** Not claimed before so many milliseconds from now. */
      readonly afterMs: number
      /** How long a person may take to decide, in milliseconds; null where nobody is asked. */
      readonly decideWithinMs: number | null
    }
  | {
      readonly kind: 'end'
      readonly state: FinalState
      readonly reason: string | null
      readonly error: object | null
      readonly ledgers?: readonly DatasetLedger[]
    }
