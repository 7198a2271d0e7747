import { sqlName } from '../../contract/sql-text.ts'

/** What DuckDB's catalog says of a view. */
export interface CatalogView {
  readonly schema: string
  readonly name: string
  /** `CREATE VIEW schema.name (columns) AS SELECT ...;`, as DuckDB writes it. */
  readonly sql: string
}

const plainName = /^[a-z_][a-z0-9_]*$/i
const columnList = /^ \((?:"(?:[^"]|"")*"|[a-z_][a-z0-9_]*)(?:, (?:"(?:[^"]|"")*"|[a-z_][a-z0-9_]*))*\)/i

/**
 * The SELECT of a view, cut out of the statement that made it; null where the statement does not start exactly as expected. A view's name
 * is chosen by whoever made the file and may itself look like SQL, so nothing is searched for.
 */
export function viewSelect(view: CatalogView): string | null {
  const schema = view.schema === 'main' ? '' : view.schema
  for (const prefix of spellings(schema).flatMap((first) =>
    spellings(view.name).map((second) => `CREATE VIEW ${first === '' ? '' : `${first}.`}${second}`),
  )) {
    if (!view.sql.startsWith(prefix)) continue
    const rest = view.sql.slice(prefix.length).replace(columnList, '')
    if (rest.startsWith(' AS ')) return rest.slice(' AS '.length)
  }
  return null
}

/** A name is written plainly where it may be, else in quotes. */
function spellings(name: string): readonly string[] {
  if (name === '') return ['']
  return plainName.test(name) ? [name, sqlName(name)] : [sqlName(name)]
}
