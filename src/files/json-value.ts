/**
 * JSON of a value, made in SQL: exact numbers, timestamps in ISO 8601, bytes in base64. DuckDB's own writer passes the numbers of JSON
 * columns through doubles, prints a FLOAT as the double beside it, and shows bytes as \xAA text.
 */
import { isNumber, isTimestamp, type ColumnType } from '../contract/column-type.ts'
import { isoTimestamp, sqlText } from '../contract/sql-text.ts'

/** What DuckDB's JSON writer must be given so that it writes a value right; null for types that it cannot write right. */
export function writableAsJson(type: ColumnType, value: string): string | null {
  if (isPlain(type) || printedAsString(type)) return value
  if (type.kind === 'scalar' && type.name === 'FLOAT') return asDouble(value)
  return type.kind === 'scalar' && (isTimestamp(type) || type.name === 'BLOB') ? plainText(type, value) : null
}

/** An SQL expression of VARCHAR: the JSON text of a value, NULL where the value is NULL. */
export function jsonText(type: ColumnType, value: string): string {
  if (isPlain(type)) return `CAST(to_json(${value}) AS VARCHAR)`
  if (type.kind === 'list') {
    const item = freshName(value)
    return bracketed('[', `array_to_string(list_transform(${value}, lambda ${item}: ${orNull(type.element, item)}), ',')`, ']')
  }
  if (type.kind === 'map') {
    const entry = freshName(value)
    const key = `CAST(to_json(${plainText(type.key, `${entry}.key`)}) AS VARCHAR)`
    return bracketed(
      '{',
      `array_to_string(list_transform(map_entries(${value}), lambda ${entry}: ${key} || ':' || ${orNull(type.value, `${entry}.value`)}), ',')`,
      '}',
    )
  }
  if (type.kind === 'struct') return structText(type, value)
  if (type.name === 'FLOAT') return `CAST(to_json(${asDouble(value)}) AS VARCHAR)`
  // A line break between the tokens of a JSON document would end the line.
  if (isDocument(type)) return `translate(CAST(${value}::JSON AS VARCHAR), chr(10) || chr(13), '  ')`
  if (isTimestamp(type) || type.name === 'BLOB') return `'"' || ${plainText(type, value)} || '"'`
  if (type.name === 'UNION') return `CAST(to_json(${value}) AS VARCHAR)`
  return `CAST(to_json(CAST(${value} AS VARCHAR)) AS VARCHAR)`
}

/** An SQL expression of a scalar's text: as DuckDB prints it, but timestamps in ISO 8601 and bytes in base64. */
export function plainText(type: ColumnType, value: string): string {
  if (type.kind === 'scalar' && isTimestamp(type)) return isoTimestamp(type.name, value)
  if (type.kind === 'scalar' && type.name === 'BLOB') return `to_base64(${value})`
  return `CAST(${value} AS VARCHAR)`
}

/** True for types that hold whole JSON documents, or convert to them. */
export function isDocument(type: ColumnType): boolean {
  return type.kind === 'scalar' && (type.name === 'JSON' || type.name === 'VARIANT')
}

/** True for types whose text in a delimited file is JSON. */
export function isNested(type: ColumnType): boolean {
  return type.kind !== 'scalar' || type.name === 'UNION' || type.name === 'VARIANT'
}

const stringTypes = new Set(['DATE', 'TIME', 'TIME_NS', 'TIME WITH TIME ZONE', 'UUID', 'INTERVAL', 'BIT', 'ENUM'])

/** Types that DuckDB's JSON writer prints as strings of their usual text. */
function printedAsString(type: ColumnType): boolean {
  return type.kind === 'scalar' && stringTypes.has(type.name)
}

/** By its shortest text: 0.1 stays 0.1. */
function asDouble(float: string): string {
  return `CAST(CAST(${float} AS VARCHAR) AS DOUBLE)`
}

/** Types that DuckDB's own `to_json` writes exactly as they should be; it is faster than going through their items. */
function isPlain(type: ColumnType): boolean {
  if (type.kind === 'list') return isPlain(type.element)
  if (type.kind === 'map') return isPlain(type.key) && isPlain(type.value)
  if (type.kind === 'struct') return type.fields.every((field) => field.name !== null && isPlain(field.type))
  return type.name === 'VARCHAR' || type.name === 'BOOLEAN' || (isNumber(type) && type.name !== 'FLOAT') || printedAsString(type)
}

function structText({ fields }: Extract<ColumnType, { kind: 'struct' }>, value: string): string {
  const named = fields.every((field) => field.name !== null)
  const texts = fields.map(({ name, type }, index) => {
    const label = named ? `${JSON.stringify(name)}:` : ''
    return `${sqlText((index === 0 ? '' : ',') + label)}, ${orNull(type, structField(value, named ? name : null, index))}`
  })
  const [open, close] = named ? ['{', '}'] : ['[', ']']
  return `CASE WHEN ${value} IS NOT NULL THEN concat('${open}', ${texts.join(', ')}, '${close}') END`
}

/** A field of a struct; rows made without names are asked by position. */
export function structField(value: string, name: string | null, index: number): string {
  return name === null ? `struct_extract_at(${value}, ${index + 1})` : `struct_extract(${value}, ${sqlText(name)})`
}

/** A lambda's parameter that the value does not use already: lambdas nest. */
export function freshName(value: string): string {
  let depth = 1
  while (value.includes(`item_${depth}`)) depth += 1
  return `item_${depth}`
}

function orNull(type: ColumnType, value: string): string {
  return `coalesce(${jsonText(type, value)}, 'null')`
}

function bracketed(open: string, items: string, close: string): string {
  return `'${open}' || ${items} || '${close}'`
}
