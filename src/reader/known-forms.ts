/** The forms of SQL that the gate knows, by the names that DuckDB's parser gives them. What stands in no list here is refused. */

export const expressionClasses: ReadonlySet<string> = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLLATE',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'DEFAULT',
  'FUNCTION',
  'LAMBDA',
  'LAMBDA_REF',
  'OPERATOR',
  'PARAMETER',
  'POSITIONAL_REFERENCE',
  'STAR',
  'SUBQUERY',
  'WINDOW',
])

/** Query nodes, table references and modifiers that hold nothing to judge but their children. */
const plainTypes: ReadonlySet<string> = new Set([
  'SELECT_NODE',
  'SET_OPERATION_NODE',
  'SUBQUERY',
  'JOIN',
  'EXPRESSION_LIST',
  'EMPTY',
  'PIVOT',
  'LIMIT_MODIFIER',
  'LIMIT_PERCENT_MODIFIER',
  'ORDER_MODIFIER',
  'DISTINCT_MODIFIER',
  'ORDER_DEFAULT',
  'ASCENDING',
  'DESCENDING',
])

/** What types are made of: DECIMAL_TYPE_INFO, STRUCT_TYPE_INFO. */
const typeInfo = /_TYPE_INFO$/

/** True for a node that has nothing of its own to judge. */
export function isPlainType(type: string): boolean {
  return plainTypes.has(type) || typeInfo.test(type)
}
