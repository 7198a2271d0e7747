/** What the text of a column's type means: `DECIMAL(12,2)`, `STRUCT(a INTEGER, "b c" TIMESTAMP[])`. */

export type ColumnType =
  /** `name` is the type without its arguments, in capitals: DECIMAL, ENUM, TIMESTAMP WITH TIME ZONE. `text` is all of it. */
  | { readonly kind: 'scalar'; readonly name: string; readonly text: string }
  | { readonly kind: 'list'; readonly element: ColumnType; readonly text: string }
  /** The names are null in rows that were made without names. */
  | {
      readonly kind: 'struct'
      readonly fields: readonly { readonly name: string | null; readonly type: ColumnType }[]
      readonly text: string
    }
  | { readonly kind: 'map'; readonly key: ColumnType; readonly value: ColumnType; readonly text: string }

const otherNames: Readonly<Record<string, string>> = {
  TIMESTAMPTZ: 'TIMESTAMP WITH TIME ZONE',
  TIMETZ: 'TIME WITH TIME ZONE',
  STRING: 'VARCHAR',
  TEXT: 'VARCHAR',
  INT: 'INTEGER',
  NUMERIC: 'DECIMAL',
  REAL: 'FLOAT',
}

/** Parses the text of a type as DuckDB prints it. What it does not know is a scalar of that name. */
export function parseColumnType(text: string): ColumnType {
  const type = text.trim()
  const list = /^(.+)\[\d*\]$/s.exec(type)
  if (list?.[1] !== undefined) return { kind: 'list', element: parseColumnType(list[1]), text: type }
  const nested = /^(STRUCT|MAP)\s*\((.*)\)$/is.exec(type)
  if (nested?.[1] !== undefined && nested[2] !== undefined) {
    const parts = splitAtCommas(nested[2])
    const [key, value] = parts
    if (nested[1].toUpperCase() === 'STRUCT') return { kind: 'struct', fields: parts.map(parseField), text: type }
    if (key !== undefined && value !== undefined)
      return { kind: 'map', key: parseColumnType(key), value: parseColumnType(value), text: type }
  }
  const name = (/^[^('"]+/.exec(type)?.[0] ?? type).trim().toUpperCase()
  return { kind: 'scalar', name: otherNames[name] ?? name, text: type }
}

const numbers = new Set(
  'TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT BIGNUM DECIMAL FLOAT DOUBLE'.split(' '),
)

/** Numbers of any size and exactness; not booleans. */
export function isNumber(type: ColumnType): boolean {
  return type.kind === 'scalar' && numbers.has(type.name)
}

/** Points in time with a date: not TIME, not INTERVAL. */
export function isTimestamp(type: ColumnType): boolean {
  return type.kind === 'scalar' && type.name.startsWith('TIMESTAMP')
}

function parseField(text: string): { readonly name: string | null; readonly type: ColumnType } {
  const quoted = /^"((?:[^"]|"")*)"\s+(.+)$/s.exec(text)
  if (quoted?.[1] !== undefined && quoted[2] !== undefined)
    return { name: quoted[1].replaceAll('""', '"') || null, type: parseColumnType(quoted[2]) }
  const plain = /^([^\s"'()[\]]+)\s+(?!WITH\b|PRECISION\b)([^\s(].*)$/s.exec(text)
  if (plain?.[1] !== undefined && plain[2] !== undefined) return { name: plain[1], type: parseColumnType(plain[2]) }
  return { name: null, type: parseColumnType(text) }
}

/** Splits at the commas that stand outside of brackets and quotes. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quote = ''
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (character === '(' || character === '[') depth += 1
    else if (character === ')' || character === ']') depth -= 1
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  parts.push(text.slice(start).trim())
  return parts
}
