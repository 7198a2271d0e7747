import type { DuckDBConnection } from '@duckdb/node-api'
import { isDeepStrictEqual } from 'node:util'
import { SegueError } from '../contract/errors.ts'
import { placeOfCodePoint } from './positions.ts'

/** A text that DuckDB has parsed as SELECT statements: one, where `judgeStatement` says so. */
export interface ParsedSelect {
  /** The text in a form that may stand between brackets, on lines of its own; every place in it is the place in the original. */
  readonly sql: string
  /** What `json_serialize_sql` says, for the gate. */
  readonly parsed: unknown
}

const longest = 1_000_000

/**
 * Parses a person's SQL, alone. Nothing is looked up and nothing runs.
 * Throws SQL_SYNTAX with line and column, SQL_NOT_ONE_SELECT for other statements, SQL_NOT_ALLOWED for what cannot be taken as a text.
 */
export async function parseSelect(connection: DuckDBConnection, sql: string): Promise<ParsedSelect> {
  if (Buffer.byteLength(sql) > longest) throw new SegueError('SQL_NOT_ALLOWED', `The query is longer than ${longest} bytes.`)
  if (sql.includes('\0')) throw new SegueError('SQL_NOT_ALLOWED', 'The query holds a NUL character.')
  if (!sql.isWellFormed()) throw new SegueError('SQL_NOT_ALLOWED', 'The query holds a character that is not valid Unicode.')
  const parsed = await serialize(connection, sql)
  const failure = failureOf(parsed)
  if (failure) throw syntaxError(sql, failure)
  return { sql: statementsOf(parsed).length === 1 ? await bracketable(connection, sql, parsed) : sql, parsed }
}

/**
 * A text ends with whatever its author put there: semicolons, comments. Semicolons are blanked from the last one on until the
 * text between brackets parses as the very statement that it is alone, which also shows that it cannot close the bracket.
 */
async function bracketable(connection: DuckDBConnection, sql: string, parsed: unknown): Promise<string> {
  const statement = statementsOf(parsed)[0]
  for (let candidate = sql, end = sql.length; ;) {
    if (isDeepStrictEqual(withoutPlaces(await bracketed(connection, candidate)), withoutPlaces(statement))) return candidate
    end = candidate.lastIndexOf(';', end - 1)
    if (end < 0) throw new SegueError('SQL_NOT_ALLOWED', 'The query cannot be used inside of another one; write it in another form.')
    const blanked = `${candidate.slice(0, end)} ${candidate.slice(end + 1)}`
    if (isDeepStrictEqual(statementsOf(await serialize(connection, blanked)), [statement])) candidate = blanked
  }
}

/** The statement that stands in the brackets of `SELECT * FROM (...)`, in the form that it has when it stands alone. */
async function bracketed(connection: DuckDBConnection, sql: string): Promise<unknown> {
  const [outer, ...others] = statementsOf(await serialize(connection, `SELECT * FROM (\n${sql}\n)`))
  const from = field(field(outer, 'node'), 'from_table')
  if (others.length > 0 || field(from, 'type') !== 'SUBQUERY' || field(outer, 'named_param_map') === undefined) return null
  return { node: field(field(from, 'subquery'), 'node'), named_param_map: field(outer, 'named_param_map') }
}

async function serialize(connection: DuckDBConnection, sql: string): Promise<unknown> {
  const result = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
  const [row] = result.getRowsJson()
  const parsed: unknown = JSON.parse(String(row?.[0]))
  return parsed
}

interface ParseFailure {
  readonly type: string
  readonly message: string
  readonly position: number | null
}

function failureOf(parsed: unknown): ParseFailure | null {
  if (field(parsed, 'error') !== true) return null
  const position = field(parsed, 'position')
  return {
    type: String(field(parsed, 'error_type')),
    message: String(field(parsed, 'error_message')),
    position: typeof position === 'string' ? Number(position) : null,
  }
}

function syntaxError(sql: string, failure: ParseFailure): SegueError {
  if (failure.type === 'not implemented') {
    // DuckDB rewrites such a PIVOT to two statements, the first of which makes a type out of the values that it finds.
    if (/\bpivot/i.test(sql)) {
      return new SegueError(
        'SQL_NOT_ALLOWED',
        'A PIVOT must list its values: PIVOT table ON column IN (value, ...); the columns of a query must not depend on its data.',
      )
    }
    if (/positional parameters/.test(failure.message))
      return new SegueError('PARAMETER_INVALID', 'Parameters are named: write $name instead of ? or $1.')
    return new SegueError('SQL_NOT_ONE_SELECT', 'A query is exactly one SELECT, and this is (or holds) another statement.')
  }
  const place = failure.position === null ? null : placeOfCodePoint(sql, failure.position)
  const where = place ? `Line ${place.line}, column ${place.column}: ` : ''
  return new SegueError('SQL_SYNTAX', `${where}${failure.message}.`, place ?? {})
}

function statementsOf(parsed: unknown): readonly unknown[] {
  const statements = field(parsed, 'statements')
  return Array.isArray(statements) ? statements : []
}

function withoutPlaces(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (key, inner: unknown) => (key === 'query_location' ? undefined : inner)))
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
