/**
 * What the engine asks of a reader: a session is one disposable child process with one opened database.
 * The session's database is one snapshot; it ends when it is closed, when its deadline passes, or when this process ends.
 */
import type { ColumnInfo, TableInfo } from './database.ts'
import type { FileSettings } from './files.ts'
import type { MappingEntry, ParameterDeclarations, ParameterValue } from './objects.ts'
import type { RejectReason } from './runs.ts'

export interface DatabaseToOpen {
  readonly type: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}

/** What is read: the person's SQL with values for its parameters, or a table. */
export type Source =
  | {
      readonly kind: 'query'
      readonly sql: string
      readonly declarations: ParameterDeclarations
      /** Values by name, declared and built-in ones. Timestamps as ISO 8601 in UTC. */
      readonly parameters: Readonly<Record<string, ParameterValue>>
    }
  | { readonly kind: 'table'; readonly table: string; readonly columns: readonly string[] | null }

export interface RenderRequest {
  readonly source: Source
  /** null: all columns as they come. */
  readonly mapping: readonly MappingEntry[] | null
  readonly file: FileSettings
  /** Absolute path; one of the session's outputs. It must not exist, or be an empty file. */
  readonly output: string
  /** At most this many rows, for previews; null: all. */
  readonly limit: number | null
}

export interface RenderResult {
  /** Rows that were written, as the writer counted them. */
  readonly rows: number
  readonly rejects: readonly RejectReason[]
  readonly columns: readonly ColumnInfo[]
}

export interface RenderProgress {
  /** Rows that the engine has read so far, an estimate. */
  readonly rows: number
  readonly percent: number | null
}

export interface PreviewRequest {
  readonly source: Source
  readonly mapping: readonly MappingEntry[] | null
  /** At most this many rows. */
  readonly limit: number
}

export interface PreviewResult {
  readonly columns: readonly ColumnInfo[]
  /** Values as text, exact; null is null. */
  readonly rows: readonly (readonly (string | null)[])[]
  readonly tookMs: number
}

export interface ReaderSession {
  tables(): Promise<readonly TableInfo[]>
  /** Exact number of rows of a table. */
  count(table: string): Promise<number>
  /** Columns of a source after mapping, without running it. Runs every check that a render runs before its first byte. */
  describe(request: { readonly source: Source; readonly mapping: readonly MappingEntry[] | null }): Promise<readonly ColumnInfo[]>
  preview(request: PreviewRequest): Promise<PreviewResult>
  render(request: RenderRequest, onProgress: (progress: RenderProgress) => void): Promise<RenderResult>
  /** Ends the child, at once where it is working. Idempotent. */
  close(): Promise<void>
}

export interface Reader {
  /**
   * Starts a child and opens the database in it. Throws DATABASE_NOT_FOUND, DATABASE_INVALID, DATABASE_BUSY; after that every call of the
   * session throws what it meets, QUERY_TIMEOUT after the deadline, READER_DIED where the child ended by itself, and the signal's reason when aborted.
   */
  open(
    database: DatabaseToOpen,
    options: { readonly outputs: readonly string[]; readonly deadlineMs: number; readonly signal: AbortSignal },
  ): Promise<ReaderSession>
}
