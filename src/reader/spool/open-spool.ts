import type { DuckDBConnection } from '@duckdb/node-api'
import { openInstance, type InstanceOptions } from '../../files/locked-instance.ts'
import { asPattern } from './frozen-files.ts'

export interface SpoolContext extends Omit<InstanceOptions, 'keepsOrder'> {
  /** Absolute paths; what lies below them may be read and written, and nothing else. */
  readonly folders: readonly string[]
}

/** An instance for files of ours. Unlike those of people's databases it keeps the order of rows: their places are their names. */
export async function openSpoolInstance({ limits, scratch, folders }: SpoolContext): Promise<DuckDBConnection> {
  const { connection, lock } = await openInstance({ limits, scratch, keepsOrder: true })
  // Files are read as they are now: one that is written anew under its name would be read in part from memory.
  await connection.run('SET enable_external_file_cache = false')
  // A pattern is compared as it stands.
  await lock({ folders: folders.flatMap((folder) => [folder, asPattern(folder)]) })
  return connection
}
