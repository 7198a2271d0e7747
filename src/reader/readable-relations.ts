import type { OpenDatabase, Relation } from '../contract/database.ts'
import { SegueError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'
import { sqlName } from '../contract/sql-text.ts'
import { parseSelect } from './one-select.ts'
import { judgeStatement } from './statement-gate.ts'

/**
 * Makes relations readable. A view is code that came with the database: what it reads and calls is judged like a person's SQL, down to
 * the views that it reads. Throws SQL_NOT_ALLOWED for a view that does not pass.
 */
export async function exposeRelations(database: OpenDatabase, relations: readonly Relation[]): Promise<void> {
  await checkViews(database, relations, new Set())
  await database.expose(relations)
}

/** The relations that may be read: all tables, and the views that pass. */
export async function readableRelations(database: OpenDatabase): Promise<Relation[]> {
  const readable: Relation[] = []
  for (const relation of database.relations) {
    const refusal = await checkViews(database, [relation], new Set()).catch((error: unknown) => error)
    if (refusal === undefined) readable.push(relation)
    else if (!(refusal instanceof SegueError)) throw refusal
  }
  return readable
}

/** How our own statements name an exposed relation. */
export function relationPath(relation: Relation): string {
  return `memory.${sqlName(relation.schema)}.${sqlName(relation.table)}`
}

/** The relation of a name, as exports give it. Throws TABLE_NOT_FOUND with the nearest name. */
export function findRelation(database: OpenDatabase, name: string): Relation {
  const found =
    database.relations.find((relation) => relation.name === name) ??
    database.relations.find((relation) => relation.name.toLowerCase() === name.toLowerCase())
  if (found) return found
  const known = database.relations.map((relation) => relation.name)
  throw new SegueError('TABLE_NOT_FOUND', `There is no table "${name}".${nearest(name, known)}`)
}

async function checkViews(database: OpenDatabase, relations: readonly Relation[], seen: Set<Relation>): Promise<void> {
  for (const relation of relations) {
    if (relation.definition === null || seen.has(relation)) continue
    seen.add(relation)
    await checkViews(database, await viewReads(database, relation, relation.definition), seen)
  }
}

async function viewReads(database: OpenDatabase, view: Relation, definition: string): Promise<readonly Relation[]> {
  const functions = await database.functions()
  if (functions.has('*')) throw refusal(view, 'the database file has a macro with the name of a built-in function')
  const { parsed } = await parseSelect(database.connection, definition).catch((error: unknown) => {
    throw error instanceof SegueError ? refusal(view, error.detail) : error
  })
  const verdict = judgeStatement(parsed, { relations: database.relations, catalog: database.catalog, functions, schema: view.schema })
  if (verdict.allowed) return verdict.relations
  throw refusal(view, verdict.refusal.detail)
}

function refusal(view: Relation, reason: string): SegueError {
  return new SegueError('SQL_NOT_ALLOWED', `The view "${view.name}" may not be read: ${reason}`)
}
