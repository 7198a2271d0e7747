import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { OpenContext } from '../../contract/database.ts'
import { sqlText } from '../../contract/sql-text.ts'

/** An instance in memory with one connection, not locked yet: what must be attached can still be attached. */
export interface UnlockedInstance {
  readonly connection: DuckDBConnection
  /** From here on the instance reaches those files, what is attached, and its scratch folder; no setting can be changed, and errors are JSON. */
  lock(files: readonly string[]): Promise<void>
  close(): void
}

/**
 * Queries run in a catalog of our own, in memory. What a database brings along (macros above all) lies in another catalog, where names
 * without a qualifier do not reach, and temporary objects can be made though the database is opened for reading only.
 */
export async function openInstance(context: OpenContext): Promise<UnlockedInstance> {
  const { limits, scratch } = context
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(limits.threads),
    memory_limit: `${limits.memoryBytes}B`,
    temp_directory: scratch,
    // Order is not promised, and keeping it costs twice the time and five times the memory of an export.
    preserve_insertion_order: 'false',
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
    async lock(files) {
      await connection.run('SET errors_as_json = true')
      await connection.run(`SET allowed_paths = [${files.map(sqlText).join(', ')}]`)
      await connection.run('SET enable_external_access = false')
      await connection.run('SET lock_configuration = true')
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
