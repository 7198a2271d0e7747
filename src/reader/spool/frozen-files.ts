/** SQL that reads the files of a spool. A row's place in its frozen file is its name. */
import { sqlText } from '../../contract/sql-text.ts'

/**
 * A path as functions that read files must be given it: they take `*`, `?` and `[` for a pattern, and would read other folders' files beside
 * ours (seen with DuckDB 1.5.6). In a pattern, brackets make them plain again.
 */
export function asPattern(path: string): string {
  return path.replaceAll(/[*?[]/g, (character) => `[${character}]`)
}

const readable = (path: string): string => sqlText(asPattern(path))

/** `_row` from 0, and the columns of `freeze`. */
export function frozenRows(path: string): string {
  return `(SELECT file_row_number AS "_row", * EXCLUDE (file_row_number) FROM read_parquet(${readable(path)}, file_row_number = true, hive_partitioning = false))`
}

export function parquetRows(path: string): string {
  return `read_parquet(${readable(path)}, hive_partitioning = false)`
}

const lineColumns = {
  row: 'BIGINT',
  from: 'BIGINT',
  to: 'BIGINT',
  verdict: 'VARCHAR',
  code: 'VARCHAR',
  reason: 'VARCHAR',
  part: 'VARCHAR',
  attempt: 'INTEGER',
  at: 'VARCHAR',
  request: 'VARCHAR',
  answer: 'VARCHAR',
} as const

/** Lines of JSON that the engine wrote; what a line does not have is NULL. No rows where there are no files. */
export function entryLines(paths: readonly string[]): string {
  const columns = Object.entries(lineColumns)
  if (paths.length === 0) return `(SELECT ${columns.map(([name, type]) => `CAST(NULL AS ${type}) AS "${name}"`).join(', ')} WHERE false)`
  const shape = columns.map(([name, type]) => `${sqlText(name)}: ${sqlText(type)}`).join(', ')
  return `read_json([${paths.map(readable).join(', ')}], format = 'newline_delimited', columns = {${shape}}, hive_partitioning = false)`
}

/** The options of a Parquet file of ours. */
export function toParquet(path: string): string {
  return `TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`
}
