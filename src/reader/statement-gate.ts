/**
 * Says whether a query may run: from the parsed statement (the JSON of DuckDB's `json_serialize_sql`) and the names of the
 * database. Pure. Whatever it does not know it refuses, so that a new form of SQL is judged before it is used.
 */
import type { Relation } from '../contract/database.ts'
import type { ErrorCode } from '../contract/errors.ts'
import { allowedTableFunctions, whyDenied } from './denied-functions.ts'
import { expressionClasses, isPlainType } from './known-forms.ts'
import { findTable, isCommonTable, unknownTable } from './table-names.ts'
import type { Scope, TableNames, TablePath } from './table-names.ts'

/** What queries of a database may name. */
export interface GateNames extends TableNames {
  /** Functions that must not be called, in small letters: those that the database brought along. */
  readonly functions: ReadonlySet<string>
}

export interface Refusal {
  readonly code: ErrorCode
  readonly detail: string
  /** Byte offset in the text, as DuckDB counts; null where it tells none. */
  readonly offset: number | null
}

export type Verdict =
  | { readonly allowed: true; readonly relations: readonly Relation[]; readonly parameters: readonly string[] }
  | { readonly allowed: false; readonly refusal: Refusal }

interface Node {
  readonly [field: string]: unknown
}

const noNames: Scope = new Set()

/** Judges one parsed statement: the value of `json_serialize_sql`, parsed. It must hold exactly one statement. */
export function judgeStatement(parsed: unknown, names: GateNames): Verdict {
  const statements = isNode(parsed) && Array.isArray(parsed['statements']) ? parsed['statements'] : null
  if (statements?.length !== 1) return { allowed: false, refusal: countRefusal(statements?.length ?? 0) }
  const walk = new Walk(names)
  walk.visit(statements, noNames)
  const [refusal] = walk.refusals
  return refusal ? { allowed: false, refusal } : { allowed: true, relations: [...walk.relations], parameters: [...walk.parameters] }
}

function countRefusal(count: number): Refusal {
  const detail = count === 0 ? 'The query is empty.' : `The query holds ${count} statements; a query is exactly one SELECT.`
  return { code: 'SQL_NOT_ONE_SELECT', detail, offset: null }
}

/** One walk over a statement; it collects what the statement names and why it may not run. */
class Walk {
  readonly relations = new Set<Relation>()
  readonly parameters = new Set<string>()
  readonly refusals: Refusal[] = []
  readonly #names: GateNames

  constructor(names: GateNames) {
    this.#names = names
  }

  visit(value: unknown, scope: Scope): void {
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item, scope)
    } else if (isNode(value)) {
      if (typeof value['class'] === 'string') this.#expression(value, value['class'], scope)
      else if (typeof value['type'] === 'string') this.#reference(value, value['type'], scope)
      else this.#children(value, scope)
    }
  }

  #children(node: Node, scope: Scope): void {
    for (const child of Object.values(node)) this.visit(child, scope)
  }

  #expression(node: Node, kind: string, scope: Scope): void {
    if (!expressionClasses.has(kind)) return this.#refuse(node, `The query uses a form of SQL that is not known here (${kind}).`)
    if (kind === 'CONSTANT') return
    if (kind === 'FUNCTION' || kind === 'WINDOW') this.#call(node)
    if (kind === 'PARAMETER') this.parameters.add(text(node, 'identifier'))
    this.#children(node, scope)
  }

  #call(node: Node): void {
    const name = text(node, 'function_name').toLowerCase()
    const reason = whyDenied(name) ?? this.#whyForeign(node, name)
    if (reason !== null) this.#refuse(node, `The function ${name} may not be called: ${reason}.`)
  }

  /** Macros of a database file are reached through its name only, because queries run in a catalog of our own. */
  #whyForeign(node: Node, name: string): string | null {
    const catalog = text(node, 'catalog').toLowerCase()
    const schema = text(node, 'schema').toLowerCase()
    const foreign = (catalog !== '' && catalog !== 'system') || (schema !== '' && schema === this.#names.catalog?.toLowerCase())
    return foreign || this.#names.functions.has(name) ? 'it came with the database file' : null
  }

  #reference(node: Node, type: string, scope: Scope): void {
    if (type === 'BASE_TABLE') return this.#baseTable(node, scope)
    if (type === 'TABLE_FUNCTION') return this.#tableFunction(node, scope)
    if (type === 'SHOW_REF') return this.#refuse(node, 'SHOW, DESCRIBE and SUMMARIZE are not queries.')
    if (type === 'RECURSIVE_CTE_NODE') return this.#recursive(node, scope)
    if (!isPlainType(type)) return this.#refuse(node, `The query uses a form of SQL that is not known here (${type}).`)
    this.#withNames(node, scope)
  }

  /** Visits a node that may bring names of its own: each is seen by those after it, and by the node itself. */
  #withNames(node: Node, scope: Scope): void {
    let inner = scope
    for (const [name, expression] of commonTables(node)) {
      this.visit(expression, inner)
      inner = new Set([...inner, name.toLowerCase()])
    }
    for (const [field, child] of Object.entries(node)) if (field !== 'cte_map') this.visit(child, inner)
  }

  /** The second half of a recursive expression sees the expression's own name; the first half does not. */
  #recursive(node: Node, scope: Scope): void {
    const own = new Set([...scope, text(node, 'cte_name').toLowerCase()])
    const { right, ...rest } = node
    this.#withNames(rest, scope)
    this.visit(right, own)
  }

  #tableFunction(node: Node, scope: Scope): void {
    const call = isNode(node['function']) ? node['function'] : {}
    const name = text(call, 'function_name').toLowerCase()
    const qualified = text(call, 'schema') !== '' || text(call, 'catalog') !== ''
    if (qualified || !allowedTableFunctions.has(name)) {
      const reason = whyDenied(name) ?? 'only range, generate_series, unnest, repeat, json_each and json_tree make tables here'
      this.#refuse(node, `The table function ${name} may not be called: ${reason}.`)
    }
    this.#children(node, scope)
  }

  #baseTable(node: Node, scope: Scope): void {
    const path: TablePath = {
      catalog: text(node, 'catalog_name').toLowerCase(),
      schema: text(node, 'schema_name').toLowerCase(),
      table: text(node, 'table_name').toLowerCase(),
    }
    if (!isCommonTable(path, scope)) {
      const relation = findTable(path, this.#names)
      if (relation) this.relations.add(relation)
      else this.refusals.push({ ...unknownTable(writtenPath(node), this.#names.relations, scope), offset: offsetOf(node) })
    }
    this.#children(node, scope)
  }

  #refuse(node: Node, detail: string): void {
    this.refusals.push({ code: 'SQL_NOT_ALLOWED', detail, offset: offsetOf(node) })
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A table's name as it was written, in the parts that were written. */
function writtenPath(node: Node): string[] {
  return [text(node, 'catalog_name'), text(node, 'schema_name'), text(node, 'table_name')].filter((part) => part !== '')
}

function text(node: Node, field: string): string {
  const value = node[field]
  return typeof value === 'string' ? value : ''
}

/** DuckDB writes the largest 64-bit number where it knows no place; that is no safe integer. */
function offsetOf(node: Node): number | null {
  const offset = node['query_location']
  return Number.isSafeInteger(offset) ? Number(offset) : null
}

/** The WITH list of a node: `cte_map: { map: [{ key, value }] }`. */
function commonTables(node: Node): [string, unknown][] {
  const map = isNode(node['cte_map']) ? node['cte_map']['map'] : null
  return Array.isArray(map) ? map.filter(isNode).map((entry) => [text(entry, 'key'), entry['value']]) : []
}
