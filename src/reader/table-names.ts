/** Which table a name in a query means. */
import type { Relation } from '../contract/database.ts'
import type { ErrorCode } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'

/** A table's name in small letters; empty where a part was not written. */
export interface TablePath {
  readonly catalog: string
  readonly schema: string
  readonly table: string
}

export interface TableNames {
  readonly relations: readonly Relation[]
  /** The name that may stand before a schema; null where there is none. */
  readonly catalog: string | null
  /** Where names without a schema are looked for first; `main` for a person's SQL, a view's own schema for a view. */
  readonly schema: string
}

/** Names of common table expressions that can be seen from a place, in small letters. */
export type Scope = ReadonlySet<string>

const fileLike = /[/\\:.*?]/
const systemSchemas: ReadonlySet<string> = new Set(['information_schema', 'pg_catalog', 'system', 'temp'])
const systemTable = /^(duckdb_|pragma_|sqlite_|pg_)/

/** True for a name of WITH. `recurring.t` is what the second half of a recursion WITH ... USING KEY calls all rows so far. */
export function isCommonTable(path: TablePath, scope: Scope): boolean {
  return path.catalog === '' && (path.schema === '' || path.schema === 'recurring') && scope.has(path.table)
}

/** The relation of a name: `customer`, `main.customer`, `shop.main.customer`, or `shop.customer`. */
export function findTable(path: TablePath, names: TableNames): Relation | undefined {
  const own = names.catalog?.toLowerCase() ?? ''
  if (path.catalog !== '' && path.catalog !== own) return undefined
  const found = (schema: string): Relation | undefined =>
    names.relations.find((one) => one.schema.toLowerCase() === schema && one.table.toLowerCase() === path.table)
  if (path.schema === '') return found(names.schema.toLowerCase()) ?? found('main')
  return found(path.schema) ?? (path.catalog === '' && path.schema === own ? found('main') : undefined)
}

/** Why a name, in the parts that were written, means no table. */
export function unknownTable(
  path: readonly string[],
  relations: readonly Relation[],
  scope: Scope,
): { readonly code: ErrorCode; readonly detail: string } {
  const name = path.join('.')
  const qualifiers = path.slice(0, -1).map((part) => part.toLowerCase())
  if (qualifiers.some((part) => systemSchemas.has(part)) || systemTable.test((path.at(-1) ?? '').toLowerCase())) {
    return {
      code: 'SQL_NOT_ALLOWED',
      detail: `"${name}" is a table of the database engine; a query reads the tables of the database only.`,
    }
  }
  if (path.length === 1 && fileLike.test(name)) {
    return { code: 'SQL_NOT_ALLOWED', detail: `"${name}" is no table of the database, and a query may not name files.` }
  }
  const known = [...relations.map((relation) => relation.name), ...scope]
  return { code: 'TABLE_NOT_FOUND', detail: `There is no table "${name}".${nearest(name, known)}` }
}
