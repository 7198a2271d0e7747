import { SegueError } from '../contract/errors.ts'
import type { DatabaseToOpen } from '../contract/reader.ts'
import { isId } from '../contract/ids.ts'
import type { StoredObject } from '../contract/objects.ts'
import { isFinal, type RunDocument } from '../contract/runs.ts'
import { claimNext, nextDueMs } from '../store/runs/claim.ts'
import { expireUndecided, requestCancel } from '../store/runs/decide-run.ts'
import { pageParts } from '../store/runs/parts.ts'
import { listDatasets } from '../store/runs/run-datasets.ts'
import { findRun, listRuns, type RunRow } from '../store/runs/runs.ts'
import { checkContent } from './check-content.ts'
import { HandOver } from './decide-stop.ts'
import type { EngineDependencies } from './dependencies.ts'
import { startDispatcher } from './dispatch.ts'
import { durably } from './durably.ts'
import { listTables, preview, previewDelivery, testDatabase, testDestination } from './look.ts'
import { expireSpools } from './expire-spools.ts'
import { createOwnRuns } from './own-runs.ts'
import { partViewOf } from './part-view.ts'
import { refused, refuseRun, releaseRun, resolveRun, resumeRun } from './run-actions.ts'
import { replaceBlocked } from './replace-blocked.ts'
import { loadDocuments } from './run-document.ts'
import { readRejectedRows, rejectedRowsFile } from './records/rejected-rows.ts'
import { retryRun } from './retry-run.ts'
import type { DestinationToTest, Engine } from './service.ts'
import { startRun, type StartRequest } from './start-run.ts'
import { checkTimings } from './timings.ts'
import { watchRun } from './watch-run.ts'

/** Which runs this process takes: those of everybody, of the orchestrations that somebody asked it for, or none: it only looks and asks. */
export type Scope = 'all' | 'asked' | 'none'

/** How many runs a worker has at once. */
const slots = 10
const expireEveryMs = 60_000
/** How long a command waits for the end of a run that it cancels. */
const cancelMs = 20_000

/** The engine of one process: makes runs, works on those that it takes off the queue, and shows those of all processes through the store. */
export function createEngine(deps: EngineDependencies, scope: Scope): Engine {
  checkTimings(deps.timings)
  const { store, objects } = deps
  const own = createOwnRuns(deps)
  const asked = new Set<string>()
  const orchestrations = (): readonly string[] | null => (scope === 'all' ? null : [...asked])
  let expiredAtMs = Number.NEGATIVE_INFINITY

  const claim = async (): Promise<RunRow | null> => {
    if (deps.monotonicMs() - expiredAtMs > expireEveryMs) {
      expiredAtMs = deps.monotonicMs()
      await expireUndecided(store.db)
      await expireSpools(deps)
    }
    return claimNext(store.db, { owner: deps.owner, leaseMs: deps.timings.leaseMs, orchestrations: orchestrations() })
  }
  const dispatcher = startDispatcher({
    ...deps,
    claim,
    nextDueMs: () => nextDueMs(store.db, { orchestrations: orchestrations() }),
    work: (run, claimedAtMs) => own.work(run, claimedAtMs),
    slots,
    pollMs: deps.timings.pollMs,
    onTrouble: (error) => {
      if (!(error instanceof SegueError && error.code === 'STORE_UNAVAILABLE')) deps.onWarning(`The queue cannot be read: ${String(error)}`)
    },
  })
  if (scope === 'all') store.onQueueNews(() => dispatcher.wake())

  const find = async (id: string): Promise<RunRow> => {
    const run = await findRun(store.db, id)
    if (!run) throw new SegueError('NOT_FOUND', `There is no run "${id}".`)
    return run
  }
  const documentOf = async (run: RunRow): Promise<RunDocument> => {
    const [document] = await loadDocuments(store, [run])
    if (!document) throw new SegueError('NOT_FOUND', `There is no run "${run.id}".`)
    return document
  }
  /** This process works on runs of the orchestration from now on. */
  const take = (orchestrationId: string): void => {
    if (scope === 'asked') asked.add(orchestrationId)
    dispatcher.wake()
  }
  const begin = async (
    orchestration: StoredObject<'orchestration'>,
    request: Omit<StartRequest, 'orchestration' | 'recovers'>,
  ): Promise<RunDocument> => {
    const run = await startRun(deps, { ...request, orchestration, recovers: scope === 'asked' })
    take(orchestration.id)
    return documentOf(run)
  }
  /** Lets somebody decide about a run, and shows it as it is then. */
  const decide = async (id: string, act: (run: RunRow) => Promise<void>): Promise<RunDocument> => {
    const run = await find(id)
    await act(run)
    const decided = await documentOf(await find(id))
    take(run.orchestration_id)
    return decided
  }

  return {
    async start(actor, reference, { trigger, idempotency, queue = false }) {
      const orchestration = await objects.get('orchestration', reference)
      return begin(orchestration, { actor, trigger, idempotency, queue, route: `run ${orchestration.id}` })
    },
    async cancel(actor, id) {
      const run = await find(id)
      if (!(await requestCancel(store.db, id, { actor: actor.name, reason: 'RUN_CANCELLED' })))
        throw new SegueError('RUN_FINAL', `Run ${id} has ended as ${run.state}.`)
      own.abort(new SegueError('RUN_CANCELLED', `Cancelled by ${actor.name}.`), id)
      take(run.orchestration_id)
      const until = deps.monotonicMs() + cancelMs
      // A command would be gone before anybody has removed what the run left.
      while (scope === 'asked' && own.done(id) === undefined && !isFinal((await find(id)).state) && deps.monotonicMs() < until)
        await deps.sleep(50)
      return documentOf(await find(id))
    },
    async retry(actor, id, what, idempotency) {
      const run = await find(id)
      const retry = await retryRun(deps, actor, run, what, idempotency)
      take(run.orchestration_id)
      return documentOf(retry)
    },
    async restart(actor, id, idempotency) {
      const run = await find(id)
      if (!isFinal(run.state) && run.state !== 'blocked') throw refused(run, 'restart')
      const orchestration = await objects.get('orchestration', run.orchestration_id)
      const route = `restart ${run.id}`
      const before = run.state === 'blocked' ? { before: await replaceBlocked(deps, actor, run) } : {}
      return begin(orchestration, { actor, trigger: 'manual', idempotency, queue: false, route, ...before })
    },
    resume: (actor, id) => decide(id, (run) => resumeRun(store, actor, run)),
    release: (actor, id) => decide(id, (run) => releaseRun(store, actor, run)),
    refuse: (actor, id) => decide(id, (run) => refuseRun(store, actor, run)),
    resolve: (actor, id, decision) => decide(id, (run) => resolveRun(store, actor, run, decision)),
    async parts(id, { limit, cursor, state }) {
      await find(id)
      if (cursor !== undefined && !isId('part', cursor)) throw new SegueError('INVALID', `"${cursor}" is no cursor of a list of parts.`)
      const [rows, datasets] = await Promise.all([
        pageParts(store.db, id, { limit: limit + 1, after: cursor, state }),
        listDatasets(store.db, [id]),
      ])
      const page = rows.slice(0, limit)
      return { items: page.map((row) => partViewOf(row, datasets)), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
    },
    async rejected(id, page) {
      await find(id)
      return readRejectedRows(deps, await deps.runs.load(id), page)
    },
    async downloadRejected(id, options) {
      await find(id)
      return rejectedRowsFile(deps, await deps.runs.load(id), options)
    },
    get: async (id) => documentOf(await durably(() => find(id))),
    async list({ limit, cursor, orchestration, state }) {
      // An id may be that of an orchestration that was deleted: its runs stay.
      if (orchestration !== undefined && !isId('orchestration', orchestration)) await objects.get('orchestration', orchestration)
      const rows = await listRuns(store.db, { limit: limit + 1, before: cursor, orchestration, state })
      const page = rows.slice(0, limit)
      return { items: await loadDocuments(store, page), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
    },
    watch: (id, options) => watchRun(store, () => find(id), { ...options, done: () => own.done(id), sleep: deps.sleep }),

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

    async close() {
      const stopped = dispatcher.stop()
      own.abort(scope === 'all' ? new HandOver() : new SegueError('RUN_CANCELLED', 'The process that ran it was stopped.'))
      await stopped
      await own.idle()
    },
  }
}
