/** What the rooms above ask of the engine. */
import type { DatabaseToOpen, PreviewResult } from '../contract/reader.ts'
import type { ColumnInfo, TableInfo } from '../contract/database.ts'
import type { CheckResult } from '../contract/destination.ts'
import type { Actor, ParameterDeclarations, ParameterValue } from '../contract/objects.ts'
import type { RunDocument, RunProgress, RunState } from '../contract/runs.ts'
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
    readonly fileName: string
    readonly columns: readonly ColumnInfo[]
    /** The first lines of the file as they would be sent (text formats); rows of text for Parquet. */
    readonly lines: readonly string[]
  }[]
}

export interface DestinationToTest {
  readonly type: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly remembered: Readonly<Record<string, string>>
}

export interface Engine {
  /**
   * Makes a run and starts it in this process; returns at once. ORCHESTRATION_DISABLED, QUERY_NOT_ACTIVE, EXPORT_NOT_ACTIVE, RUN_ACTIVE.
   * The same idempotency key with the same request gives the run that it gave first.
   */
  start(
    actor: Actor,
    orchestration: string,
    options: { readonly trigger: 'manual'; readonly idempotency?: { readonly key: string; readonly requestHash: string } | undefined },
  ): Promise<RunDocument>
  cancel(actor: Actor, run: string): Promise<RunDocument>
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

  /** Fails the runs whose process died and removes what they left. Called at start and before each run. */
  reap(): Promise<number>
  /** Ends this process's runs: cancels them, waits, closes. */
  close(): Promise<void>
}
