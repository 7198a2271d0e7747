/** What a database type declares, and what the reader's child process asks of it. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { z } from 'zod'
import type { SettingsShape } from './settings.ts'

export interface ColumnInfo {
  readonly name: string
  /** The type's name as the database engine writes it: VARCHAR, DECIMAL(12,2), TIMESTAMP WITH TIME ZONE. */
  readonly type: string
}

export interface TableInfo {
  readonly name: string
  readonly columns: readonly ColumnInfo[]
  /** Known without reading the table, where the database knows it. */
  readonly rows: number | null
}

/** Limits of one child process. Bytes, threads. */
export interface ReaderLimits {
  readonly memoryBytes: number
  readonly threads: number
  /** How much may spill to disk. */
  readonly spillBytes: number
}

/** What a database type needs to open itself inside the child. */
export interface OpenContext {
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly limits: ReaderLimits
  /** An empty folder for spilling; the parent removes it. */
  readonly scratch: string
  /** The only files that may be written: where renders go. */
  readonly outputs: readonly string[]
}

/** What queries of a database may read from: a table, a file, or a view that the database brings along. */
export interface Relation {
  /** As queries, exports and people name it: `customer`, or `sales.orders` outside of the main schema. */
  readonly name: string
  readonly schema: string
  readonly table: string
  /** The SELECT of a view, which is judged like a person's SQL before anything reads it; null for tables and files. */
  readonly definition: string | null
}

/**
 * An opened database: a locked connection that can read its relations and write the outputs, and nothing else. Its errors are
 * JSON (DuckDB's `errors_as_json`), because that alone tells the place of a fault exactly.
 */
export interface OpenDatabase {
  readonly connection: DuckDBConnection
  readonly relations: readonly Relation[]
  /** The name that may stand before a relation's schema; null where there is none. */
  readonly catalog: string | null
  /**
   * Functions that came with the database, in small letters: somebody else's code, which views must not call. `*` is among them where
   * one has the name of a function of the engine's own.
   */
  functions(): Promise<ReadonlySet<string>>
  /** Makes relations readable under their schema and name. What a query does not name is never opened. */
  expose(relations: readonly Relation[]): Promise<void>
  /** Columns of every relation given, and its number of rows where that needs no reading of the rows. */
  inspect(relations: readonly Relation[]): Promise<TableInfo[]>
  close(): void
}

export interface DatabaseDefinition {
  readonly type: string
  readonly title: string
  readonly summary: string
  readonly settings: SettingsShape
  /** Settings of the design that this version does not have yet: refused by name (NOT_AVAILABLE) rather than as unknown. */
  readonly laterSettings?: readonly string[]
  /** The secret fields, where the type needs a credential. */
  readonly credential: z.ZodObject | null
  readonly capabilities: {
    /** It lives on one machine: a run must run there. */
    readonly onOneMachine: boolean
  }
  /** Loads the code that opening needs, in a child that has nothing else to do yet. */
  preload(): Promise<unknown>
  /** Runs inside the child only. Throws a SegueError that names the file or folder at fault. */
  open(context: OpenContext): Promise<OpenDatabase>
  readonly samples: { readonly settings: Readonly<Record<string, unknown>> }
}

/** Declares a database type; the identity function that checks the shape. */
export function defineDatabase(definition: DatabaseDefinition): DatabaseDefinition {
  return definition
}
