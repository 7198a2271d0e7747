/** One JSON object a row, made in SQL, for destinations that take records. */
import type { ColumnType } from '../contract/column-type.ts'
import { sqlText } from '../contract/sql-text.ts'
import { sayableInJson } from './expressible.ts'
import { jsonText } from './json-value.ts'
import type { RowColumn } from './rendering.ts'

/**
 * An expression of VARCHAR: the object (RFC 8259) without line breaks. A value that JSON cannot say is null in it; `unsayable` tells of that.
 * One `concat`, as a chain of `||` copies what it has at every link: twice the time for 20 columns (measured).
 */
export function jsonObject(columns: readonly RowColumn[]): string {
  const members = columns.map(
    ({ name, type, value }, index) => `${sqlText(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)}, ${member(type, value)}`,
  )
  return members.length === 0 ? `'{}'` : `concat(${members.join(', ')}, '}')`
}

function member(type: ColumnType, value: string): string {
  const text = `coalesce(${jsonText(type, value)}, 'null')`
  const fails = unsayable({ type, value })
  return fails === null ? text : `CASE WHEN ${fails} THEN 'null' ELSE ${text} END`
}

/** A condition that is true where JSON cannot say the value; null where it always can. */
export function unsayable({ type, value }: Pick<RowColumn, 'type' | 'value'>): string | null {
  const sayable = sayableInJson(type, value)
  return sayable === null ? null : `(${sayable}) IS FALSE`
}

/** An expression of VARCHAR: the JSON array of the values, NULL where one of them is. */
export function jsonKey(columns: readonly RowColumn[]): string {
  return `'[' || ${columns.map(({ type, value }) => jsonText(type, value)).join(` || ',' || `)} || ']'`
}
