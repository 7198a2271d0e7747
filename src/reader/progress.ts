import type { DuckDBConnection } from '@duckdb/node-api'
import type { RenderProgress } from '../contract/reader.ts'

const everyMs = 250

/** Tells how far the connection's statement is, while the work lasts. */
export async function withProgress<T>(
  connection: DuckDBConnection,
  onProgress: (progress: RenderProgress) => void,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setInterval(() => onProgress(progressOf(connection)), everyMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

/** DuckDB tells -1 per cent where it does not know. */
function progressOf(connection: DuckDBConnection): RenderProgress {
  const { percentage, rows_processed: rows } = connection.progress
  return { rows: Math.max(0, Number(rows)), percent: percentage >= 0 && percentage <= 100 ? percentage : null }
}
