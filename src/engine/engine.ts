import { SegueError } from '../contract/errors.ts'
import type { DatabaseToOpen } from '../contract/reader.ts'
import { isId } from '../contract/ids.ts'
import { isFinal, type RunDocument } from '../contract/runs.ts'
import { addEvent } from '../store/runs/run-events.ts'
import { endRun, requestCancel } from '../store/runs/run-progress.ts'
import { findRun, listRuns, type RunRow } from '../store/runs/runs.ts'
import { checkContent } from './check-content.ts'
import type { EngineDependencies } from './dependencies.ts'
import { endingOfError } from './decide-end.ts'
import { durably } from './durably.ts'
import { executeRun } from './execute-run.ts'
import { listTables, preview, previewDelivery, testDatabase, testDestination } from './look.ts'
import type { PinnedRun } from './pinned-run.ts'
import { reapRun, reapRuns } from './reap-runs.ts'
import { loadDocuments } from './run-document.ts'
import type { DestinationToTest, Engine } from './service.ts'
import { startRun } from './start-run.ts'
import { watchRun } from './watch-run.ts'

/** A run of this process. */
interface OwnRun {
  readonly controller: AbortController
  readonly done: Promise<void>
}

/** The engine of one process. Runs are started here, and found here or in other processes through the store. */
export function createEngine(deps: EngineDependencies): Engine {
  const { store, objects } = deps
  const own = new Map<string, OwnRun>()
  store.runLocks.onLost((runs) => {
    for (const run of runs)
      own.get(run)?.controller.abort(new SegueError('PROCESS_DIED', 'Another process took the run while the store was away.'))
  })

  const launch = (run: string, pinned: PinnedRun): void => {
    const controller = new AbortController()
    const done = executeRun(deps, run, pinned, controller)
      .catch(async (error: unknown) => {
        deps.onWarning(`Run ${run} could not be executed: ${String(error)}`)
        const row = await findRun(store.db, run)
        if (row) await endRun(store.db, run, row.epoch, endingOfError(error, { published: 0, files: 0 }))
      })
      .catch((error: unknown) => deps.onWarning(`Run ${run} could not be ended: ${String(error)}`))
      .finally(async () => {
        own.delete(run)
        await store.runLocks.release(run).catch(() => undefined)
      })
    own.set(run, { controller, done })
  }

  /** The run's row; a run whose process died is settled first, so that it is never shown as running. */
  const find = async (id: string): Promise<RunRow> => {
    const run = await findRun(store.db, id)
    if (!run) throw new SegueError('NOT_FOUND', `There is no run "${id}".`)
    if (isFinal(run.state) || own.has(id) || !(await store.runLocks.isFree(id)) || !(await reapRun(deps, run))) return run
    return (await findRun(store.db, id)) ?? run
  }
  const documentOf = async (run: RunRow): Promise<RunDocument> => {
    const [document] = await loadDocuments(store, [run])
    if (!document) throw new SegueError('NOT_FOUND', `There is no run "${run.id}".`)
    return document
  }

  return {
    async start(actor, reference, { trigger, idempotency }) {
      const orchestration = await objects.get('orchestration', reference)
      await reapRuns(deps, new Set(own.keys()))
      const started = await startRun(deps, { actor, orchestration, trigger, idempotency })
      if (!started.repeated) launch(started.run.id, started.pinned)
      return documentOf(started.run)
    },
    async cancel(actor, id) {
      const run = await find(id)
      if (!(await requestCancel(store.db, id))) throw new SegueError('RUN_FINAL', `Run ${id} has ended as ${run.state}.`)
      await addEvent(store.db, id, 'cancel_requested', { actor: actor.name })
      own.get(id)?.controller.abort(new SegueError('RUN_CANCELLED', `Cancelled by ${actor.name}.`))
      return documentOf(await find(id))
    },
    get: async (id) => documentOf(await durably(() => find(id))),
    async list({ limit, cursor, orchestration, state }) {
      // An id may be that of an orchestration that was deleted: its runs stay.
      if (orchestration !== undefined && !isId('orchestration', orchestration)) await objects.get('orchestration', orchestration)
      const rows = await listRuns(store.db, { limit: limit + 1, before: cursor, orchestration, state })
      const page = rows.slice(0, limit)
      const fresh = await Promise.all(page.map(async (run) => (isFinal(run.state) ? run : find(run.id))))
      return { items: await loadDocuments(store, fresh), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
    },
    watch: (id, options) => watchRun(store, () => find(id), { ...options, ended: own.get(id)?.done }),

    tables: async (database) => listTables(deps, await objects.get('database', database)),
    async previewSql({ database, sql, declarations, parameters, limit, signal }) {
      const now = deps.clock().toISOString()
      const values = { ...parameters, run_started_at: now, last_success_at: null }
      return preview(
        deps,
        await objects.get('database', database),
        { source: { kind: 'query', sql, declarations, parameters: values }, mapping: null, limit },
        signal,
      )
    },
    sample: async ({ database, table, limit }) =>
      preview(deps, await objects.get('database', database), { source: { kind: 'table', table, columns: null }, mapping: null, limit }),
    previewDelivery: async (orchestration) => previewDelivery(deps, await objects.get('orchestration', orchestration)),
    checkContent: (database, content) => checkContent(deps, database, content),
    testDatabase: (database: DatabaseToOpen) => testDatabase(deps, database),
    testDestination: (destination: DestinationToTest) => testDestination(deps, destination),

    reap: () => reapRuns(deps, new Set(own.keys())),
    async close() {
      for (const { controller } of own.values()) controller.abort(new SegueError('RUN_CANCELLED', 'The process that ran it was stopped.'))
      await Promise.all([...own.values()].map(({ done }) => done))
    },
  }
}
