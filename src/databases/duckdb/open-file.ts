import type { DuckDBConnection } from '@duckdb/node-api'
import { realpath } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import type { OpenContext, OpenDatabase, Relation, TableInfo } from '../../contract/database.ts'
import { SegueError } from '../../contract/errors.ts'
import { openInstance } from '../../files/locked-instance.ts'
import { sqlName, sqlText } from '../../contract/sql-text.ts'
import { viewSelect } from './view-definition.ts'

/** Names that DuckDB keeps for its own catalogs. */
const reserved: ReadonlySet<string> = new Set(['memory', 'main', 'system', 'temp', 'pg_catalog', 'information_schema'])

/**
 * A DuckDB file, attached for reading beside a catalog of our own, in which each table that a query names becomes a view.
 * Throws DATABASE_BUSY with the holder's process id, DATABASE_INVALID for what is no DuckDB file.
 */
export async function openFile(path: string, context: OpenContext): Promise<OpenDatabase> {
  const catalog = catalogName(path)
  const instance = await openInstance({ ...context, keepsOrder: false })
  const { connection } = instance
  try {
    await attach(connection, await realpath(path), path, catalog)
    await instance.lock({ files: context.outputs })
    const relations = [...(await listTables(connection, catalog)), ...(await listViews(connection, catalog))]
    const exposed = new Set<Relation>()
    let functions: Promise<ReadonlySet<string>> | null = null
    return {
      connection,
      relations,
      catalog,
      functions: () => (functions ??= listFunctions(connection, catalog)),
      async expose(wanted) {
        for (const relation of wanted) {
          if (exposed.has(relation)) continue
          await makeView(connection, catalog, relation)
          exposed.add(relation)
        }
      },
      inspect: (wanted) => inspect(connection, catalog, wanted),
      close: () => instance.close(),
    }
  } catch (error) {
    instance.close()
    throw error
  }
}

function catalogName(path: string): string {
  const name = basename(path, extname(path))
  return reserved.has(name.toLowerCase()) ? `${name}_file` : name
}

async function attach(connection: DuckDBConnection, file: string, path: string, catalog: string): Promise<void> {
  try {
    await connection.run(`ATTACH ${sqlText(file)} AS ${sqlName(catalog)} (TYPE duckdb, READ_ONLY)`)
  } catch (error) {
    throw attachError(error instanceof Error ? error.message : String(error), path)
  }
}

/** The error of a file that cannot be attached, from what DuckDB says of it. */
export function attachError(text: string, path: string): SegueError {
  if (/could not set lock on file/i.test(text)) {
    const holder = /PID (?<pid>\d+)/.exec(text)?.groups?.['pid']
    return new SegueError('DATABASE_BUSY', `${path} is being written by ${holder === undefined ? 'another process' : `process ${holder}`}.`)
  }
  if (/not a valid DuckDB database file/i.test(text)) return new SegueError('DATABASE_INVALID', `${path} is not a DuckDB file.`)
  if (/permission denied/i.test(text)) return new SegueError('DATABASE_INVALID', `${path} may not be read by this user.`)
  return new SegueError('DATABASE_INVALID', `${path} cannot be opened: ${text.split('\n')[0]}`)
}

async function listTables(connection: DuckDBConnection, catalog: string): Promise<Relation[]> {
  const rows = await read(
    connection,
    'SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 AND NOT internal ORDER BY ALL',
    [catalog],
  )
  return rows.map(([schema = '', table = '']) => ({ name: displayName(schema, table), schema, table, definition: null }))
}

async function listViews(connection: DuckDBConnection, catalog: string): Promise<Relation[]> {
  const rows = await read(
    connection,
    'SELECT schema_name, view_name, sql FROM duckdb_views() WHERE database_name = $1 AND NOT internal ORDER BY ALL',
    [catalog],
  )
  return rows.flatMap(([schema = '', table = '', sql = '']) => {
    const definition = viewSelect({ schema, name: table, sql })
    return definition === null ? [] : [{ name: displayName(schema, table), schema, table, definition }]
  })
}

/** A macro that has the name of a function of DuckDB's is told as `*` too: macros of DuckDB's own would call it unawares. */
async function listFunctions(connection: DuckDBConnection, catalog: string): Promise<ReadonlySet<string>> {
  const rows = await read(
    connection,
    `SELECT lower(function_name), bool_or(internal) FROM duckdb_functions() GROUP BY ALL HAVING bool_or(database_name = $1 AND NOT internal)`,
    [catalog],
  )
  return new Set(rows.flatMap(([name = '', alsoBuiltIn = '']) => (alsoBuiltIn === 'true' ? [name, '*'] : [name])))
}

async function makeView(connection: DuckDBConnection, catalog: string, relation: Relation): Promise<void> {
  const [schema, table] = [sqlName(relation.schema), sqlName(relation.table)]
  await connection.run(`CREATE SCHEMA IF NOT EXISTS memory.${schema}`)
  await connection.run(`CREATE VIEW memory.${schema}.${table} AS FROM ${sqlName(catalog)}.${schema}.${table}`)
}

async function inspect(connection: DuckDBConnection, catalog: string, relations: readonly Relation[]): Promise<TableInfo[]> {
  const rows = await read(
    connection,
    'SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = $1 AND NOT internal ORDER BY schema_name, table_name, column_index',
    [catalog],
  )
  const columns = Map.groupBy(rows, ([schema = '', table = '']) => displayName(schema, table))
  const counts = await countRows(connection, catalog, relations)
  return relations.map((relation) => ({
    name: relation.name,
    columns: (columns.get(relation.name) ?? []).map(([, , name = '', type = '']) => ({ name, type })),
    rows: counts.get(relation) ?? null,
  }))
}

/** DuckDB counts a table without reading a column of it (30 million rows in 6 ms); views are not counted. */
async function countRows(
  connection: DuckDBConnection,
  catalog: string,
  relations: readonly Relation[],
): Promise<ReadonlyMap<Relation, number>> {
  const counts = new Map<Relation, number>()
  for (const relation of relations.filter((one) => one.definition === null)) {
    const [row] = await read(
      connection,
      `SELECT count(*) FROM ${sqlName(catalog)}.${sqlName(relation.schema)}.${sqlName(relation.table)}`,
      [],
    )
    counts.set(relation, Number(row?.[0]))
  }
  return counts
}

function displayName(schema: string, table: string): string {
  return schema === 'main' ? table : `${schema}.${table}`
}

async function read(connection: DuckDBConnection, sql: string, values: string[]): Promise<string[][]> {
  const result = await connection.runAndReadAll(sql, values)
  return result.getRowsJson().map((row) => row.map(String))
}
