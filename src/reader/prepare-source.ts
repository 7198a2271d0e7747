import type { DuckDBConnection } from '@duckdb/node-api'
import type { ColumnInfo, OpenDatabase } from '../contract/database.ts'
import { SegueError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'
import type { Source } from '../contract/reader.ts'
import { sqlName } from '../contract/sql-text.ts'
import { parseSelect } from './one-select.ts'
import { bindParameters } from './parameters.ts'
import type { BoundParameters } from './parameters.ts'
import { placeOfByte } from './positions.ts'
import { exposeRelations, findRelation, relationPath } from './readable-relations.ts'
import { sqlError } from './sql-errors.ts'
import { judgeStatement } from './statement-gate.ts'
import type { Refusal } from './statement-gate.ts'

/** A source that has passed every check and may be embedded in a statement, between brackets on lines of their own. */
export interface PreparedSource {
  readonly sql: string
  /** Types as DESCRIBE writes them, which alone tells JSON from VARCHAR. */
  readonly columns: readonly ColumnInfo[]
  readonly bound: BoundParameters
}

const nothingBound: BoundParameters = { values: {}, types: {} }

/**
 * Checks a source without running it: syntax, the gate, parameters, names and types, in that order. Places in errors are places in the
 * person's text. Throws SQL_SYNTAX, SQL_NOT_ONE_SELECT, SQL_NOT_ALLOWED, TABLE_NOT_FOUND, SQL_INVALID, PARAMETER_INVALID, and
 * MAPPING_INVALID for a column that a table does not have.
 */
export async function prepareSource(database: OpenDatabase, source: Source): Promise<PreparedSource> {
  return source.kind === 'query' ? prepareQuery(database, source) : prepareTable(database, source.table, source.columns)
}

async function prepareQuery(database: OpenDatabase, source: Source & { kind: 'query' }): Promise<PreparedSource> {
  const { connection } = database
  const { sql, parsed } = await parseSelect(connection, source.sql)
  const names = { relations: database.relations, catalog: database.catalog, functions: new Set<string>(), schema: 'main' }
  const verdict = judgeStatement(parsed, names)
  if (!verdict.allowed) throw refusalError(source.sql, verdict.refusal)
  const bound = bindParameters(verdict.parameters, { declarations: source.declarations, values: source.parameters })
  await exposeRelations(database, verdict.relations)
  return { sql, columns: await describeSelect(connection, sql, bound), bound }
}

function refusalError(sql: string, refusal: Refusal): SegueError {
  const at = refusal.offset === null ? null : placeOfByte(sql, refusal.offset)
  return new SegueError(refusal.code, at ? `Line ${at.line}, column ${at.column}: ${refusal.detail}` : refusal.detail, at ?? {})
}

/**
 * Names and types of a SELECT's columns, in the order they have: doubles stay doubles, which the engine would rename around a subquery. The
 * values of parameters decide the types of columns that are made of them. Errors are told by their place in the SELECT.
 */
export async function describeSelect(connection: DuckDBConnection, select: string, bound: BoundParameters): Promise<ColumnInfo[]> {
  const opening = 'DESCRIBE (\n'
  try {
    const result = await connection.runAndReadAll(`${opening}${select}\n)`, bound.values, bound.types)
    return result.getRowsJson().map(([name, type]) => ({ name: String(name), type: String(type) }))
  } catch (error) {
    throw sqlError(error, 'prepare', { sql: select, before: opening.length })
  }
}

async function prepareTable(database: OpenDatabase, table: string, wanted: readonly string[] | null): Promise<PreparedSource> {
  const relation = findRelation(database, table)
  await exposeRelations(database, [relation])
  const path = relationPath(relation)
  const all = await describeSelect(database.connection, `FROM ${path}`, nothingBound)
  const columns = wanted === null ? all : wanted.map((name) => findColumn(table, all, name))
  return { sql: `SELECT ${columns.map((column) => sqlName(column.name)).join(', ')} FROM ${path}`, columns, bound: nothingBound }
}

function findColumn(table: string, columns: readonly ColumnInfo[], name: string): ColumnInfo {
  const found = columns.find((column) => column.name === name) ?? columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
  if (found) return found
  const known = columns.map((column) => column.name)
  throw new SegueError('MAPPING_INVALID', `The table "${table}" has no column "${name}".${nearest(name, known)}`)
}
