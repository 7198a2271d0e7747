import type { DuckDBResultReader } from '@duckdb/node-api'
import type { ColumnInfo, OpenDatabase } from '../contract/database.ts'
import type { MappingEntry } from '../contract/objects.ts'
import type { Source } from '../contract/reader.ts'
import { mappingSelect } from '../templates/mapping-sql.ts'
import type { MappingSelect } from '../templates/mapping-sql.ts'
import { describeSelect, prepareSource } from './prepare-source.ts'
import type { PreparedSource } from './prepare-source.ts'
import { sqlError } from './sql-errors.ts'

/** A source with its mapping, checked and described; nothing has run yet. */
export interface PreparedOutput {
  readonly source: PreparedSource
  readonly mapped: MappingSelect
  /** The output columns. */
  readonly columns: readonly ColumnInfo[]
}

/** Runs every check that comes before the first row. Throws what prepareSource throws, and MAPPING_INVALID. */
export async function prepareOutput(
  database: OpenDatabase,
  request: { readonly source: Source; readonly mapping: readonly MappingEntry[] | null },
): Promise<PreparedOutput> {
  const source = await prepareSource(database, request.source)
  const mapped = mappingSelect({ source: source.sql, columns: source.columns, mapping: request.mapping })
  return { source, mapped, columns: await describeSelect(database.connection, mapped.select, source.bound) }
}

/** Runs a statement that holds the source, with its parameters bound. Errors tell the place in the person's text. */
export async function runStatement(database: OpenDatabase, statement: string, source: PreparedSource): Promise<DuckDBResultReader> {
  try {
    return await database.connection.runAndReadAll(statement, source.bound.values, source.bound.types)
  } catch (error) {
    const at = statement.indexOf(source.sql)
    throw sqlError(error, 'run', at < 0 ? null : { sql: source.sql, before: Buffer.byteLength(statement.slice(0, at)) })
  }
}
