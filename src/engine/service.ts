/** What the rooms above ask of the engine. */
import type { DatabaseToOpen, PreviewResult } from '../contract/reader.ts'
import type { ColumnInfo, TableInfo } from '../contract/database.ts'
import type { CheckResult } from '../contract/destination.ts'
import type { Actor, ParameterDeclarations, ParameterValue } from '../contract/objects.ts'
import type { RejectedRow, PartState, PartView, RunDocument, RunProgress, RunState } from '../contract/runs.ts'
import type { ContentToCheck } from './check-content.ts'

/** What a watcher of a run is told: a numbered line of its timeline, or progress (not numbered, not kept). */
export type RunNews =
  | {
      readonly kind: 'event'
      readonly number: number
      readonly at: string
      readonly event: string
      readonly detail: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'progress'; readonly progress: RunProgress }
  | { readonly kind: 'end'; readonly run: RunDocument }

/** What an orchestration would send: names and first lines, nothing written at the destination. */
export interface DeliveryPreview {
  readonly orchestration: string
  readonly destination: string
  readonly datasets: readonly {
    readonly name: string
    /** null where no files are sent. */
    readonly fileName: string | null
    readonly columns: readonly ColumnInfo[]
    /** The first lines of the file as they would be sent (text formats); rows of text for Parquet; the JSON objects of the first rows for records. */
    readonly lines: readonly string[]
  }[]
}

export interface DestinationToTest {
  readonly type: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly remembered: Readonly<Record<string, string>>
}

/** A request that may come twice, and must do once what it asks for. */
export interface Idempotency {
  readonly key: string
  /** Of what was asked: the same key with another hash is IDEMPOTENCY_MISMATCH. */
  readonly requestHash: string
}

export interface Engine {
  /**
   * Makes a run; whoever has a slot works on it. Returns at once. ORCHESTRATION_DISABLED, QUERY_NOT_ACTIVE, EXPORT_NOT_ACTIVE, RUN_ACTIVE.
   * The same idempotency key with the same request gives the run that it gave first.
   */
  start(
    actor: Actor,
    orchestration: string,
    options: {
      readonly trigger: 'manual'
      readonly idempotency?: Idempotency | undefined
      /** Where a run is active, wait behind it rather than RUN_ACTIVE; RUN_WAITING where one waits already. */
      readonly queue?: boolean | undefined
    },
  ): Promise<RunDocument>
  cancel(actor: Actor, run: string): Promise<RunDocument>
  /**
   * A new run that delivers what was left of the same input (`left`), or only the rows that were rejected (`rejected`).
   * ACTION_REFUSED for a run that has not failed or been cancelled, that has nothing left or whose rejected rows are not kept, RUN_ACTIVE, SPOOL_EXPIRED.
   * A key counts for the retries of this run: with the same request it gives the run that it gave first.
   */
  retry(actor: Actor, run: string, what: 'left' | 'rejected', idempotency?: Idempotency): Promise<RunDocument>
  /**
   * A new run from the configuration as it is now; a blocked run is cancelled by it. ACTION_REFUSED where the run works, RUN_ACTIVE.
   * A key counts for the restarts of this run, as it does for retries.
   */
  restart(actor: Actor, run: string, idempotency?: Idempotency): Promise<RunDocument>
  /** A blocked run goes on. ACTION_REFUSED. */
  resume(actor: Actor, run: string): Promise<RunDocument>
  /** A held run goes on. ACTION_REFUSED. */
  release(actor: Actor, run: string): Promise<RunDocument>
  /** A held run ends as cancelled (REFUSED). ACTION_REFUSED. */
  refuse(actor: Actor, run: string): Promise<RunDocument>
  /** Decides what became of an unknown part of a run that needs review. ACTION_REFUSED, PART_NOT_FOUND. */
  resolve(actor: Actor, run: string, decision: { readonly part: string; readonly as: 'sent' | 'resend' }): Promise<RunDocument>
  /** The parts of a run, in order. The cursor is the id of the last one seen; INVALID where it is none. */
  parts(
    run: string,
    options: { readonly limit: number; readonly cursor?: string | undefined; readonly state?: PartState | undefined },
  ): Promise<{ readonly items: readonly PartView[]; readonly next: string | null }>
  /**
   * Rejected rows with values, request and answer. Empty for runs that keep none (files). `dataset` by name; needed where the run has several.
   * INVALID for a cursor that is none.
   */
  rejected(
    run: string,
    options: {
      readonly limit: number
      readonly cursor?: string | undefined
      readonly dataset?: string | undefined
      readonly code?: string | undefined
    },
  ): Promise<{ readonly items: readonly RejectedRow[]; readonly next: string | null }>
  /** All rejected rows of a dataset as one file. Whoever iterates may stop early; what the file took is given back then. */
  downloadRejected(
    run: string,
    options: { readonly dataset?: string | undefined; readonly format: 'ndjson' | 'csv' },
  ): Promise<AsyncIterable<Uint8Array>>
  get(run: string): Promise<RunDocument>
  list(options: {
    readonly limit: number
    readonly cursor?: string | undefined
    readonly orchestration?: string | undefined
    readonly state?: RunState | undefined
  }): Promise<{ readonly items: readonly RunDocument[]; readonly next: string | null }>
  /** News of a run from `after` (a timeline number) on; ends with `end`. Works for runs of other processes too. */
  watch(run: string, options: { readonly after: number; readonly signal: AbortSignal }): AsyncIterable<RunNews>

  tables(database: string): Promise<readonly (TableInfo & { readonly rows: number | null })[]>
  /** First rows of the SQL; `database` by id or name. */
  previewSql(request: {
    readonly database: string
    readonly sql: string
    readonly declarations: ParameterDeclarations
    readonly parameters: Readonly<Record<string, ParameterValue>>
    readonly limit: number
    readonly signal?: AbortSignal
  }): Promise<PreviewResult>
  /** First rows of a table. */
  sample(request: { readonly database: string; readonly table: string; readonly limit: number }): Promise<PreviewResult>
  previewDelivery(orchestration: string): Promise<DeliveryPreview>
  /** Throws what would keep a run of it from its first row; nothing is run. */
  checkContent(database: DatabaseToOpen, content: ContentToCheck): Promise<void>
  testDatabase(database: DatabaseToOpen): Promise<CheckResult>
  testDestination(destination: DestinationToTest): Promise<CheckResult>

  /** Takes no more runs, and gives those that work out of its hands: to other workers, or, in a command, cancelled. */
  close(): Promise<void>
}
