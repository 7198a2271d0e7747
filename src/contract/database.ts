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

/** An opened database: a locked connection that can read the tables and write the outputs, and nothing else. */
export interface OpenDatabase {
  readonly connection: DuckDBConnection
  /** The tables that queries may name. */
  readonly tables: readonly TableInfo[]
  close(): void
}

export interface DatabaseDefinition {
  readonly type: string
  readonly title: string
  readonly summary: string
  readonly settings: SettingsShape
  /** The secret fields, where the type needs a credential. */
  readonly credential: z.ZodObject | null
  readonly capabilities: {
    /** It lives on one machine: a run must run there. */
    readonly onOneMachine: boolean
  }
  /** Runs inside the child only. Throws a SegueError that names the file or folder at fault. */
  open(context: OpenContext): Promise<OpenDatabase>
  readonly samples: { readonly settings: Readonly<Record<string, unknown>> }
}

/** Declares a database type; the identity function that checks the shape. */
export function defineDatabase(definition: DatabaseDefinition): DatabaseDefinition {
  return definition
}
