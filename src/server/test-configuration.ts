/** The tests of `apply` and `plan` with `test: true`: connections, and what becomes active on them. */
import { z } from 'zod'
import type { ConfigurationChange, SecretValue } from '../contract/documents.ts'
import { documentSchemas } from '../contract/documents.ts'
import { SegueError } from '../contract/errors.ts'
import type { FieldError } from '../contract/errors.ts'
import type { DatabaseToOpen } from '../contract/reader.ts'
import { absent } from './absent.ts'
import type { RouteContext } from './api.ts'
import { storedSecrets, testConnection, type Connection, type ConnectionKind } from './connection-tests.ts'
import { activeContent, type PlannedContent } from './content-checks.ts'

interface PlannedConnection {
  /** Place of its document in what was sent. */
  readonly index: number
  readonly name: string
  readonly connection: Connection
  /** Under which name it is there already with the same settings: facts that were learned under others do not count. */
  readonly knownAs: string | null
}

interface Failure {
  readonly error: SegueError
  readonly field: FieldError
}

/**
 * Tests the databases and destinations among the changes, one after the other, with the credentials as the documents will leave them; then
 * checks the active queries and exports that change or whose database does.
 * @throws SegueError with the code of the first test that failed, and every failed one in `errors` (pointers into the documents)
 */
export async function testConfiguration(
  context: RouteContext,
  documents: readonly unknown[],
  changes: readonly ConfigurationChange[],
): Promise<void> {
  const failures: Failure[] = []
  const attempt = async (what: string, pointer: string, test: () => Promise<unknown>): Promise<void> => {
    try {
      await test()
    } catch (error) {
      if (!(error instanceof SegueError)) throw error
      failures.push({ error, field: { pointer, message: `${what}: ${error.detail}`, code: error.code } })
    }
  }
  for (const { index, name, connection, knownAs } of plannedConnections(documents, changes)) {
    await attempt(`The connection test of ${connection.kind} "${name}"`, `/${index}`, async () => {
      const secrets = await secretsAfter(context, documents, connection.credential)
      const savedAs = knownAs === null ? undefined : await savedId(context, connection.kind, knownAs)
      return testConnection(context, { ...connection, secrets, savedAs })
    })
  }
  if (failures.length === 0) {
    for (const { index, kind, name, planned } of plannedContents(documents, changes)) {
      const pointer = `/${index}/${planned.content.kind === 'query' ? 'sql' : 'tables'}`
      await attempt(`The check of ${kind} "${name}"`, pointer, async () =>
        context.engine.checkContent(await databaseAfter(context, documents, planned.database), planned.content),
      )
    }
  }
  const [first] = failures
  if (!first) return
  const others = failures.length > 1 ? ` ${failures.length - 1} more failed.` : ''
  throw new SegueError(first.error.code, `${first.field.message}${others} Nothing was changed.`, {
    errors: failures.map(({ field }) => field),
    cause: first.error,
  })
}

/** Active queries and exports that the plan creates or changes, or whose database it does. */
function plannedContents(
  documents: readonly unknown[],
  changes: readonly ConfigurationChange[],
): { readonly index: number; readonly kind: string; readonly name: string; readonly planned: PlannedContent }[] {
  const changed = new Set(changes.filter(({ action }) => action !== 'delete').map(({ kind, name }) => `${kind} ${name}`))
  return documents.flatMap((document, index) => {
    const planned = activeContent(document)
    const head = z.object({ kind: z.string(), name: z.string() }).safeParse(document).data
    if (planned === null || !head) return []
    if (!changed.has(`${head.kind} ${head.name}`) && !changed.has(`database ${planned.database}`)) return []
    return [{ index, ...head, planned }]
  })
}

/** A database as it will be: its document, else the saved one. */
async function databaseAfter(context: RouteContext, documents: readonly unknown[], reference: string): Promise<DatabaseToOpen> {
  const parsed = documents.map((document) => documentSchemas.database.safeParse(document).data)
  const given = parsed.find((database) => database?.name === reference || database?.previousName === reference)
  const { type, settings, credential } = given ?? (await context.objects.get('database', reference)).spec
  return { type, settings, secrets: await secretsAfter(context, documents, credential) }
}

/** The connections that the plan creates or changes; the documents have passed the plan, so they are as their schemas say. */
function plannedConnections(documents: readonly unknown[], changes: readonly ConfigurationChange[]): PlannedConnection[] {
  const planned = new Map(changes.filter(({ action }) => action !== 'delete').map((change) => [`${change.kind} ${change.name}`, change]))
  return documents.flatMap((document, index): PlannedConnection[] => {
    for (const kind of ['database', 'destination'] as const satisfies readonly ConnectionKind[]) {
      const parsed = documentSchemas[kind].safeParse(document)
      const change = parsed.success ? planned.get(`${kind} ${parsed.data.name}`) : undefined
      if (!parsed.success || !change) continue
      const { name, previousName, type, settings, credential } = parsed.data
      const sameSettings = change.action === 'update' && !change.fields.some(({ path }) => path.split('.')[0] === 'settings')
      return [{ index, name, connection: { kind, type, settings, credential }, knownAs: sameSettings ? (previousName ?? name) : null }]
    }
    return []
  })
}

/** Secret values of a credential as they will be: its document names every field that stays, and brings values or leaves them alone. */
async function secretsAfter(
  context: RouteContext,
  documents: readonly unknown[],
  credential: string | null | undefined,
): Promise<Readonly<Record<string, string>>> {
  const parsed = documents.map((document) => documentSchemas.credential.safeParse(document))
  const found = parsed.find(({ data }) => data !== undefined && data.name === credential)?.data
  if (!found) return storedSecrets(context, credential)
  // A file keeps `previousName` after the object has been renamed.
  const names = [found.name, ...(found.previousName === undefined ? [] : [found.previousName])]
  const all = await Promise.all(names.map((name) => storedSecrets(context, name).catch(absent(null))))
  const stored = all.find((secrets) => secrets !== null) ?? {}
  return Object.fromEntries(Object.entries(found.secrets).map(([field, given]) => [field, broughtValue(given) ?? stored[field] ?? '']))
}

/** The value that a document brings; null where it says `set` or repeats a reference, which leave the secret alone. */
function broughtValue(given: SecretValue): string | null {
  if (typeof given !== 'string') return given.value
  return given === 'set' || /^\$\{(env|file):/.test(given) ? null : given
}

async function savedId({ objects }: RouteContext, kind: ConnectionKind, name: string): Promise<string | undefined> {
  return objects.get(kind, name).then(({ id }) => id, absent(undefined))
}
