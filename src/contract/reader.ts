/**
 * What the engine asks of a reader: a session is one disposable child process with one opened database.
 * The session's database is one snapshot; it ends when it is closed, when its deadline passes, or when this process ends.
 */
import type { ColumnInfo, TableInfo } from './database.ts'
import type { FileSettings } from './files.ts'
import type { MappingEntry, ParameterDeclarations, ParameterValue } from './objects.ts'
import type { RejectedRow, RejectReason } from './runs.ts'

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

/** Rows that are stored together in frozen rows: a stretch that begins at a multiple of it is read without its neighbours. */
export const frozenGroupRows = 20_480

/** What a run of a record destination reads, kept for all its attempts. */
export interface FreezeRequest {
  readonly source: Source
  readonly mapping: readonly MappingEntry[] | null
  /** Output columns that identify a row; null where the run has no key. MAPPING_INVALID for one that is not there. */
  readonly key: readonly string[] | null
  /** Absolute path; one of the session's outputs. It must not exist, or be an empty file. */
  readonly output: string
  /** At most this many rows, for previews; null: all. */
  readonly limit: number | null
}

export interface FreezeResult {
  /** All rows of the source, those too that cannot be sent. */
  readonly rows: number
  readonly columns: readonly ColumnInfo[]
}

export interface ReaderSession {
  tables(): Promise<readonly TableInfo[]>
  /** Exact number of rows of a table. */
  count(table: string): Promise<number>
  /** Columns of a source after mapping, without running it. Runs every check that a render runs before its first byte. */
  describe(request: { readonly source: Source; readonly mapping: readonly MappingEntry[] | null }): Promise<readonly ColumnInfo[]>
  preview(request: PreviewRequest): Promise<PreviewResult>
  render(request: RenderRequest, onProgress: (progress: RenderProgress) => void): Promise<RenderResult>
  /**
   * Freezes a source for a record destination in one pass: a Parquet file with a row per source row, in the order of the source where it has one.
   * The ordinal of a row is its place in the file, from 0; it is not stored. Columns: `_bytes` (BIGINT: of `_json`), `_json` (VARCHAR: the JSON object of the mapped columns, exact, without line breaks),
   * `_key` (VARCHAR: the JSON array of the key's values; NULL without a key, or where one of them is NULL), `_code` and `_column` (VARCHAR: why the
   * row cannot be sent, such as CAST_FAILED or VALUE_NOT_EXPRESSIBLE, by the first column at fault; else NULL), `_value` (VARCHAR: the source value at
   * fault as text, shortened; NULL where there is none).
   */
  freeze(request: FreezeRequest, onProgress: (progress: RenderProgress) => void): Promise<FreezeResult>
  /** Ends the child, at once where it is working. Idempotent. */
  close(): Promise<void>
}

/** Rows of a frozen file that cannot be sent, whatever the destination would say. */
export interface RefuseRequest {
  readonly frozen: string
  readonly hasKey: boolean
  /** A longer JSON object is ROW_TOO_LARGE; bytes. */
  readonly rowBytes: number
  readonly output: string
}

/**
 * What became of the rows of a dataset. Of several entries about a row, `refused` wins over `verdicts`, these over `rows`, and these over `ranges`;
 * a row in none of them is skipped with the code `otherwise`.
 */
export interface LedgerRequest {
  readonly frozen: string
  /** What `refuse` wrote. */
  readonly refused: string
  /** NDJSON: `{from, to, verdict, code, reason, part, attempt, at}`, disjoint; `to` is the row behind the last. May be empty. */
  readonly ranges: string
  /** NDJSON: `{row, verdict, code, reason, part, attempt, at}`, one line a row at most. May be empty. */
  readonly rows: string
  /** False where another run counts the rows that cannot be sent: then they are left out. */
  readonly withRefused: boolean
  /** NDJSON as `rows`; lines without `row` are exchanges: `{part, attempt, request, answer}`. May be many, or none. */
  readonly verdicts: readonly string[]
  readonly otherwise: string
  /** False where rows have no key: then nobody has to look for it. */
  readonly hasKey: boolean
  /** Only rows from this one on are skipped where nothing is known of them; those before it belong to another run. */
  readonly skippedFrom: number
  /** Parquet: row, key, operation, verdict, code, reason, part, attempt, at, destination_id; in the order of `row`. */
  readonly output: string
}

/** A child that works on files of ours: the spool and the ledger of a run. Nobody's SQL but ours runs in it. Paths are absolute; outputs are replaced. */
export interface SpoolSession {
  /**
   * Writes the rows that cannot be sent as Parquet (`_row`, `code`, `column`, `reason`), and counts them by code and column: refused by the mapping
   * (`_code`), then ROW_TOO_LARGE, then, where there is a key, KEY_MISSING, then DUPLICATE_KEY (all rows of that key; a row refused before counts for its key).
   */
  refuse(request: RefuseRequest): Promise<readonly RejectReason[]>
  /** Writes the objects of the rows `from` to below `to`, one line each, in order: line n is row `from` + n, empty where the row cannot be sent. */
  lines(request: {
    readonly frozen: string
    readonly refused: string
    readonly from: number
    readonly to: number
    readonly output: string
  }): Promise<null>
  ledger(request: LedgerRequest): Promise<{ readonly rows: number }>
  /** Writes the rejected rows of a ledger with their values and exchanges as Parquet (the fields of RejectedRow), in the order of `row`. */
  rejected(request: {
    readonly ledger: string
    readonly frozen: string
    readonly refused: string
    readonly verdicts: readonly string[]
    readonly output: string
  }): Promise<{ readonly rows: number; readonly reasons: readonly RejectReason[] }>
  /** A page of rejected rows, in order. */
  readRejected(request: {
    readonly rejected: string
    /** Only rows after this one. */
    readonly after: number | null
    readonly code: string | null
    readonly limit: number
  }): Promise<readonly RejectedRow[]>
  /** All rejected rows as NDJSON, or as CSV with a header. */
  exportRejected(request: {
    readonly rejected: string
    readonly format: 'ndjson' | 'csv'
    readonly output: string
  }): Promise<{ readonly rows: number }>
  /** A frozen file of the rejected rows that a destination refused (`part` is not null), numbered anew; those that cannot be sent are left out. */
  freezeRejected(request: { readonly rejected: string; readonly output: string }): Promise<{ readonly rows: number }>
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
  /** Starts a child that may read and write files below these folders, and nothing else. Errors as with `open`. */
  openSpool(options: {
    readonly folders: readonly string[]
    readonly deadlineMs: number
    readonly signal: AbortSignal
  }): Promise<SpoolSession>
}
