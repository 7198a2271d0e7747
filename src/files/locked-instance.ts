import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ReaderLimits } from '../contract/database.ts'
import { sqlText } from '../contract/sql-text.ts'

/** What an instance may use, and whether rows keep their order. */
export interface InstanceOptions {
  readonly limits: ReaderLimits
  /** An empty folder for intermediate results. */
  readonly scratch: string
  /** Keeping the order costs twice the time and five times the memory of an export (measured): for rows whose place is their name. */
  readonly keepsOrder: boolean
}

/** What a locked instance reaches besides what is attached and its scratch folder: absolute paths, compared as statements name them. */
export interface Reach {
  readonly files?: readonly string[]
  /** What lies below them may be read and written. */
  readonly folders?: readonly string[]
}

/** An instance in memory with one connection, not locked yet: what must be attached can still be attached. */
export interface UnlockedInstance {
  readonly connection: DuckDBConnection
  /** From here on the instance reaches nothing else; no setting can be changed, and errors are JSON. */
  lock(reach: Reach): Promise<void>
  close(): void
}

/**
 * Queries run in a catalog of our own, in memory. What a database brings along (macros above all) lies in another catalog, where names
 * without a qualifier do not reach, and temporary objects can be made though the database is opened for reading only.
 */
export async function openInstance({ limits, scratch, keepsOrder }: InstanceOptions): Promise<UnlockedInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(limits.threads),
    memory_limit: `${limits.memoryBytes}B`,
    temp_directory: scratch,
    preserve_insertion_order: String(keepsOrder),
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
    // Without the bar there are no numbers of progress; they are asked for, never printed.
    'SET enable_progress_bar = true',
    'SET enable_progress_bar_print = false',
  ]
  for (const setting of settings) await connection.run(setting)
  return {
    connection,
    async lock({ files = [], folders = [] }) {
      await connection.run('SET errors_as_json = true')
      await connection.run(`SET allowed_paths = [${files.map(sqlText).join(', ')}]`)
      await connection.run(`SET allowed_directories = [${folders.map(sqlText).join(', ')}]`)
      await connection.run('SET enable_external_access = false')
      await connection.run('SET lock_configuration = true')
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
