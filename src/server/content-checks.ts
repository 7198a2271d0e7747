/** What queries and exports say is checked against their database before they become active: what runs rely on has been looked at. */
import { documentSchemas } from '../contract/documents.ts'
import { SegueError } from '../contract/errors.ts'
import type { ContentToCheck } from '../engine/check-content.ts'
import type { ObjectView } from '../objects/service.ts'
import { absent } from './absent.ts'
import type { RouteContext } from './api.ts'
import { storedSecrets } from './connection-tests.ts'
import type { ObjectInput } from './object-bodies.ts'

export type CheckedKind = 'query' | 'export'

/** What is to be checked, and the database that it reads, by id or name. */
export interface PlannedContent {
  readonly database: string
  readonly content: ContentToCheck
}

/** Checks the draft that is to be activated; where there is none, the rules of the life cycle will say so. */
export async function checkBeforeActivation(context: RouteContext, { kind, spec: { draft } }: ObjectView<CheckedKind>): Promise<void> {
  if (draft === null) return
  const content: ContentToCheck =
    'sql' in draft ? { kind: 'query', sql: draft.sql, parameters: draft.parameters } : { kind: 'export', tables: draft.tables }
  await checkSaved(context, kind, { database: draft.database, content })
}

/** Checks what is made active at once. What is not right in itself, or names no database, is for the rules of configuration to tell. */
export async function checkBeforeCreation(context: RouteContext, kind: CheckedKind, input: ObjectInput): Promise<void> {
  const planned = activeContent({ ...input, kind })
  if (planned === null) return
  const known = await context.objects.get('database', planned.database).catch(absent(null))
  if (known !== null) await checkSaved(context, kind, planned)
}

/** The content of a document that is active, or will be; null for a draft, another kind, and what is no such document. */
export function activeContent(document: unknown): PlannedContent | null {
  const query = documentSchemas.query.safeParse(document).data
  if (query?.status === 'active') {
    const { database, sql, parameters = {} } = query
    return { database, content: { kind: 'query', sql, parameters } }
  }
  const exported = documentSchemas.export.safeParse(document).data
  if (exported?.status !== 'active') return null
  return { database: exported.database, content: { kind: 'export', tables: exported.tables } }
}

/** Throws what keeps the content from running, with the word that makes it active all the same. */
async function checkSaved(context: RouteContext, kind: CheckedKind, { database, content }: PlannedContent): Promise<void> {
  const { type, settings, credential } = (await context.objects.get('database', database)).spec
  try {
    await context.engine.checkContent({ type, settings, secrets: await storedSecrets(context, credential) }, content)
  } catch (error) {
    if (!(error instanceof SegueError) || error.code === 'INTERNAL') throw error
    const { line, column } = error
    const detail = `${error.detail} The ${kind} was checked and not activated; "saveAnyway": true (--anyway) activates it without a check.`
    throw new SegueError(error.code, detail, { ...(line !== undefined && { line }), ...(column !== undefined && { column }), cause: error })
  }
}
