import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { ReaderLimits } from '../../contract/database.ts'
import { sqlText } from '../../contract/sql-text.ts'
import { asPattern } from './frozen-files.ts'

export interface SpoolContext {
  readonly limits: ReaderLimits
  /** An empty folder for intermediate results. */
  readonly scratch: string
  /** Absolute paths; what lies below them may be read and written, and nothing else. */
  readonly folders: readonly string[]
}

/** An instance in memory for files of ours. Unlike those of people's databases it keeps the order of rows: their places are their names. */
export async function openSpoolInstance({ limits, scratch, folders }: SpoolContext): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(limits.threads),
    memory_limit: `${limits.memoryBytes}B`,
    temp_directory: scratch,
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
  })
  const connection = await instance.connect()
  const settings = [
    // Among the options above it would be shown, and not be kept to (seen with DuckDB 1.5.6).
    `SET max_temp_directory_size = '${limits.spillBytes}B'`,
    "SET TimeZone = 'UTC'",
    'SET errors_as_json = true',
    // Files are read as they are now: one that is written anew under its name would be read in part from memory.
    'SET enable_external_file_cache = false',
    // A pattern is compared as it stands.
    `SET allowed_directories = [${folders
      .flatMap((folder) => [folder, asPattern(folder)])
      .map((folder) => sqlText(folder))
      .join(', ')}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ]
  for (const setting of settings) await connection.run(setting)
  return connection
}
