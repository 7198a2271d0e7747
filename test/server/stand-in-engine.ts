import type { RejectedRow } from '../../src/contract/runs.ts'
import { SegueError } from '../../src/contract/errors.ts'
import { isFinal, type PartView, type RunDocument } from '../../src/contract/runs.ts'
import type { DestinationToTest, Engine, RunNews } from '../../src/engine/service.ts'
import type { DatabaseToOpen } from '../../src/contract/reader.ts'
import type { Objects } from '../../src/objects/service.ts'
import { runDocumentWith } from '../helpers/run-document.ts'
import { standInRunActions, type StandInRuns } from './stand-in-run-actions.ts'

export interface StandInEngine extends Engine {
  /** What connections were tested, in order. */
  readonly tested: (DatabaseToOpen | DestinationToTest)[]
  readonly previewed: {
    readonly sql: string
    readonly database: string
    readonly parameters: Readonly<Record<string, unknown>>
    readonly limit: number
  }[]
  /** How many watchers there are now. */
  watchers(): number
  /** The test is the worker: it puts a run where it wants it. */
  change(run: string, change: Partial<RunDocument>): RunDocument
  readonly runParts: Map<string, PartView[]>
  /** By run; of a run of several datasets by run and dataset, with a blank between. */
  readonly runRejects: Map<string, RejectedRow[]>
  /** The watchers of a run are told this; `end` ends them. */
  tell(run: string, news: RunNews): void
}

/** An engine that runs nothing: runs stay queued, and watchers are told what the test says. */
export function standInEngine(objects: Objects): StandInEngine {
  const runs = new Map<string, RunDocument>()
  const keys = new Map<string, { readonly requestHash: string; readonly run: string }>()
  const timeline = new Map<string, RunNews[]>()
  const tested: StandInEngine['tested'] = []
  const previewed: StandInEngine['previewed'][number][] = []
  let wake = Promise.withResolvers<void>()
  let watchers = 0

  const find = (id: string): RunDocument => {
    const run = runs.get(id)
    if (!run) throw new SegueError('NOT_FOUND', `There is no run "${id}".`)
    return run
  }
  const kept: StandInRuns = {
    find,
    change(id, change) {
      const run: RunDocument = { ...find(id), ...change }
      runs.set(id, run)
      return run
    },
    once(scope, idempotency, make) {
      const earlier = idempotency && keys.get(`${scope} ${idempotency.key}`)
      if (earlier && earlier.requestHash !== idempotency.requestHash)
        throw new SegueError('IDEMPOTENCY_MISMATCH', `Key "${idempotency.key}" came with another request before.`)
      if (earlier) return find(earlier.run)
      const run = make()
      if (idempotency) keys.set(`${scope} ${idempotency.key}`, { requestHash: idempotency.requestHash, run: run.id })
      return run
    },
    queued(orchestration, retryOf) {
      const run = runDocumentWith({ orchestration, retryOf })
      runs.set(run.id, run)
      return run
    },
    parts: new Map(),
    rejects: new Map(),
  }
  const rows = { columns: [{ name: 'n', type: 'BIGINT' }], rows: [['9007199254740993'], [null]], tookMs: 1.5 }

  async function* watch(id: string, { after, signal }: { after: number; signal: AbortSignal }): AsyncGenerator<RunNews> {
    watchers += 1
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    try {
      for (let seen = 0; ;) {
        for (const news of (timeline.get(id) ?? []).slice(seen)) {
          seen += 1
          if (news.kind !== 'event' || news.number > after) yield news
          if (news.kind === 'end') return
        }
        await Promise.race([wake.promise, aborted])
        if (signal.aborted) return
      }
    } finally {
      watchers -= 1
    }
  }

  return {
    ...standInRunActions(kept),
    change: kept.change,
    runParts: kept.parts,
    runRejects: kept.rejects,
    tested,
    previewed,
    watchers: () => watchers,
    tell(run, news) {
      timeline.set(run, [...(timeline.get(run) ?? []), news])
      wake.resolve()
      wake = Promise.withResolvers<void>()
    },
    async start(_actor, reference, { idempotency, queue }) {
      const orchestration = await objects.get('orchestration', reference)
      return kept.once(`run ${orchestration.id}`, idempotency, () => {
        const active = [...runs.values()].filter((run) => run.orchestration === orchestration.name && !isFinal(run.state))
        if (active.length > 0 && !queue) throw new SegueError('RUN_ACTIVE', 'A run is active.')
        if (active.length > 1) throw new SegueError('RUN_WAITING', 'A run waits.')
        return kept.queued(orchestration.name, null)
      })
    },
    async cancel(_actor, id) {
      return kept.change(id, { state: 'cancelling' })
    },
    get: async (id) => find(id),
    async list({ limit, cursor, orchestration, state }) {
      const all = [...runs.values()].filter(
        (run) => (orchestration ?? run.orchestration) === run.orchestration && (state ?? run.state) === run.state,
      )
      const rest = all.toSorted((a, b) => (a.id < b.id ? 1 : -1)).filter((run) => cursor === undefined || run.id < cursor)
      return { items: rest.slice(0, limit), next: rest.length > limit ? (rest[limit - 1]?.id ?? null) : null }
    },
    watch,
    tables: async () => [{ name: 'a/b', columns: [{ name: 'n', type: 'BIGINT' }], rows: 2 }],
    async previewSql(request) {
      previewed.push(request)
      return rows
    },
    async sample({ table }) {
      if (table !== 'a/b') throw new SegueError('TABLE_NOT_FOUND', `There is no table "${table}".`)
      return rows
    },
    async previewDelivery(reference) {
      const { name } = await objects.get('orchestration', reference)
      return {
        orchestration: name,
        destination: 'drop',
        datasets: [{ name: 'q', fileName: 'q.csv', columns: rows.columns, lines: ['n', '1'] }],
      }
    },
    async checkContent(_database, content) {
      if (content.kind !== 'query' || !content.sql.startsWith('SELCT')) return
      throw new SegueError('SQL_SYNTAX', 'Line 1, column 1: syntax error at or near "SELCT".', { line: 1, column: 1 })
    },
    async testDatabase(database) {
      tested.push(database)
      if (database.settings['path'] === '/missing') throw new SegueError('DATABASE_NOT_FOUND', '/missing is not there.')
      return { summary: '1 table can be read', facts: { tables: '1' } }
    },
    async testDestination(destination) {
      tested.push(destination)
      if (destination.settings['host'] === 'gone.example') throw new SegueError('DESTINATION_UNREACHABLE', 'gone.example does not answer.')
      return { summary: 'signed in', facts: {} }
    },
    close: async () => undefined,
  }
}
