/** Which values a format cannot say: conditions in SQL, made for the types that can hold such values and for no others. */
import { isTimestamp, type ColumnType } from '../contract/column-type.ts'
import { freshName, isDocument, structField } from './json-value.ts'

/** A condition that holds where JSON can say the value; null where it always can. NULL counts as sayable where the condition is NULL. */
export function sayableInJson(type: ColumnType, value: string): string | null {
  return everyScalar(type, value, (scalar, at) => {
    if (scalar.name === 'FLOAT' || scalar.name === 'DOUBLE') return `isfinite(${at})`
    return isDocument(scalar) ? strictJson(`CAST(${at}::JSON AS VARCHAR)`) : null
  })
}

/**
 * A condition that holds where Parquet can say the value. Integers of 128 bits would become doubles in silence, so they are written
 * as DECIMAL(38,0), which is a little narrower; other readers take infinite dates for dates.
 */
export function sayableInParquet(type: ColumnType, value: string): string | null {
  return everyScalar(type, value, (scalar, at) => {
    if (scalar.name === 'HUGEINT' || scalar.name === 'UHUGEINT') return `TRY_CAST(${at} AS DECIMAL(38,0)) IS NOT NULL OR ${at} IS NULL`
    return scalar.name === 'DATE' || isTimestamp(scalar) ? `isfinite(${at})` : null
  })
}

/**
 * DuckDB takes documents that JSON does not know (NaN, Infinity, a comma too many). Outside of strings a document holds no letters
 * but those of true, false, null and exponents.
 */
function strictJson(text: string): string {
  const outside = `regexp_replace(${text}, '"(?:[^"\\\\]|\\\\.)*"', '""', 'g')`
  const doubtful = `regexp_matches(${text}, '(?i)nan|inf|,\\s*[\\]}]|/[/*]')`
  return `json_valid(${text}) AND NOT (${doubtful} AND regexp_matches(${outside}, '(?i)nan|inf|,\\s*[\\]}]|/[/*]'))`
}

type Scalar = Extract<ColumnType, { kind: 'scalar' }>

/** A condition that holds where a condition on scalars holds for every scalar inside a value; null where no scalar has one. */
function everyScalar(type: ColumnType, value: string, condition: (scalar: Scalar, value: string) => string | null): string | null {
  if (type.kind === 'scalar') return condition(type, value)
  if (type.kind === 'struct') {
    const parts = type.fields.map((field, index) => everyScalar(field.type, structField(value, field.name, index), condition))
    return all(parts)
  }
  const item = freshName(value)
  if (type.kind === 'list') return everyItem(value, item, everyScalar(type.element, item, condition))
  return everyItem(
    `map_entries(${value})`,
    item,
    all([everyScalar(type.key, `${item}.key`, condition), everyScalar(type.value, `${item}.value`, condition)]),
  )
}

function everyItem(list: string, item: string, condition: string | null): string | null {
  return condition && `len(list_filter(${list}, lambda ${item}: (${condition}) IS FALSE)) = 0`
}

/** The conditions that there are, all of them; one that is NULL, because a value is, does not fail the rest. */
function all(conditions: readonly (string | null)[]): string | null {
  const present = conditions.filter((condition) => condition !== null)
  return present.length === 0 ? null : present.map((condition) => `(${condition}) IS NOT FALSE`).join(' AND ')
}
