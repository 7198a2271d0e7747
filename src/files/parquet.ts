import type { ColumnType } from '../contract/column-type.ts'
import { sqlName } from '../contract/sql-text.ts'
import { sayableInParquet } from './expressible.ts'
import { jsonText } from './json-value.ts'
import type { Rendering, RowColumn } from './rendering.ts'

/** Parquet with its own types, nested ones too. What Parquet has no type for that other readers know becomes text. */
export function renderParquet(columns: readonly RowColumn[]): Rendering {
  return {
    columns: columns.map(({ name, type, value }) => {
      if (needsJson(type)) return { name, expression: jsonText(type, value), sayable: null }
      const stored = storedType(type)
      return { name, expression: stored === type.text ? value : `CAST(${value} AS ${stored})`, sayable: sayableInParquet(type, value) }
    }),
    // Snappy is what every reader of Parquet has.
    options: ['FORMAT parquet', 'COMPRESSION snappy'],
    headerApart: null,
  }
}

/** True for values whose shape changes from row to row, or whose fields have no names: they become JSON text. */
function needsJson(type: ColumnType): boolean {
  if (type.kind === 'list') return needsJson(type.element)
  if (type.kind === 'map') return needsJson(type.key) || needsJson(type.value)
  if (type.kind === 'struct') return type.fields.some((field) => field.name === null || needsJson(field.type))
  return type.name === 'UNION' || type.name === 'VARIANT'
}

const storedTypes: Readonly<Record<string, string>> = {
  // DuckDB stores integers of 128 bits as doubles, without a word.
  HUGEINT: 'DECIMAL(38,0)',
  UHUGEINT: 'DECIMAL(38,0)',
  // Parquet's interval has milliseconds only, and few readers know it.
  INTERVAL: 'VARCHAR',
  BIT: 'VARCHAR',
  BIGNUM: 'VARCHAR',
  GEOMETRY: 'VARCHAR',
}

function storedType(type: ColumnType): string {
  if (type.kind === 'scalar') return storedTypes[type.name] ?? type.text
  const parts =
    type.kind === 'struct' ? type.fields.map((field) => field.type) : type.kind === 'list' ? [type.element] : [type.key, type.value]
  if (parts.every((part) => storedType(part) === part.text)) return type.text
  if (type.kind === 'list') return `${storedType(type.element)}[]`
  if (type.kind === 'map') return `MAP(${storedType(type.key)}, ${storedType(type.value)})`
  return `STRUCT(${type.fields.map((field) => `${sqlName(field.name ?? '')} ${storedType(field.type)}`).join(', ')})`
}
