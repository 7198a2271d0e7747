/** What the child does for each call. The parts that only some calls need are loaded by them, so that the child starts quickly. */
import type { OpenDatabase } from '../contract/database.ts'
import { SegueError } from '../contract/errors.ts'
import type { RenderProgress } from '../contract/reader.ts'
import { databaseTypes } from '../databases/registry.ts'
import type { CallName, Calls } from './messages.ts'
import { exposeRelations, findRelation, readableRelations, relationPath } from './readable-relations.ts'
import type { SpoolHandlers } from './spool/spool-calls.ts'
import { sqlError } from './sql-errors.ts'

type Handlers = {
  readonly [N in CallName]: (request: Calls[N]['request'], onProgress: (progress: RenderProgress) => void) => Promise<Calls[N]['result']>
}

/** The calls of one session, on the one database that `open` opens, or on the folders of `openSpool`. */
export function createSession(): Handlers {
  let opened: OpenDatabase | null = null
  const database = (): OpenDatabase => {
    if (!opened) throw new SegueError('INTERNAL', 'The database is not open.')
    return opened
  }
  let loaded: Promise<SpoolHandlers> | null = null
  const spool = (): Promise<SpoolHandlers> => (loaded ??= import('./spool/spool-calls.ts').then(({ spoolCalls }) => spoolCalls()))
  return {
    async open({ type, ...context }) {
      const definition = databaseTypes.get(type)
      if (!definition) throw new SegueError('DATABASE_INVALID', `There is no database type "${type}".`)
      opened = await definition.open(context)
      return null
    },
    async tables() {
      try {
        return await database().inspect(await readableRelations(database()))
      } catch (error) {
        throw sqlError(error, 'prepare', null)
      }
    },
    count: ({ table }) => countRows(database(), table),
    async describe(request) {
      const { prepareOutput } = await import('./run-select.ts')
      return (await prepareOutput(database(), request)).columns
    },
    async preview(request) {
      const { preview } = await import('./preview.ts')
      return preview(database(), request)
    },
    async render(request, onProgress) {
      const { render } = await import('./render.ts')
      return render(database(), request, onProgress)
    },
    async freeze(request, onProgress) {
      const { freeze } = await import('./freeze.ts')
      return freeze(database(), request, onProgress)
    },
    openSpool: async (request) => (await spool()).openSpool(request),
    refuse: async (request) => (await spool()).refuse(request),
    lines: async (request) => (await spool()).lines(request),
    ledger: async (request) => (await spool()).ledger(request),
    rejected: async (request) => (await spool()).rejected(request),
    readRejected: async (request) => (await spool()).readRejected(request),
    exportRejected: async (request) => (await spool()).exportRejected(request),
    freezeRejected: async (request) => (await spool()).freezeRejected(request),
  }
}

async function countRows(database: OpenDatabase, table: string): Promise<number> {
  const relation = findRelation(database, table)
  try {
    await exposeRelations(database, [relation])
    const result = await database.connection.runAndReadAll(`SELECT count(*) FROM ${relationPath(relation)}`)
    return Number(result.getRowsJson()[0]?.[0])
  } catch (error) {
    throw sqlError(error, 'run', null)
  }
}
