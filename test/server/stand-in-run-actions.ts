import type { RejectedRow } from '../../src/contract/runs.ts'
import { SegueError } from '../../src/contract/errors.ts'
import { isFinal, type PartView, type RunDocument, type RunState } from '../../src/contract/runs.ts'
import type { Engine, Idempotency } from '../../src/engine/service.ts'

/** What the stand-in engine keeps of its runs; the test changes it as a real run would. */
export interface StandInRuns {
  find(id: string): RunDocument
  change(id: string, change: Partial<RunDocument>): RunDocument
  /** The run that `make` starts; for a key that came before, the run of that time. */
  once(scope: string, idempotency: Idempotency | undefined, make: () => RunDocument): RunDocument
  queued(orchestration: string, retryOf: string | null): RunDocument
  readonly parts: Map<string, PartView[]>
  readonly rejects: Map<string, RejectedRow[]>
}

type RunActions = Pick<
  Engine,
  'retry' | 'restart' | 'resume' | 'release' | 'refuse' | 'resolve' | 'parts' | 'rejected' | 'downloadRejected'
>

/** Actions on runs in which nothing works: states change as the design says. */
export function standInRunActions({ find, change, once, queued, parts, rejects }: StandInRuns): RunActions {
  const inState = (id: string, ...states: readonly RunState[]): RunDocument => {
    const run = find(id)
    if (!states.includes(run.state)) throw new SegueError('ACTION_REFUSED', `Run ${id} is ${run.state}.`)
    return run
  }
  return {
    async retry(_actor, id, what, idempotency) {
      const run = find(id)
      return once(`retry ${id}`, idempotency, () => {
        if (!isFinal(run.state)) throw new SegueError('ACTION_REFUSED', `Run ${id} is ${run.state}.`)
        if (what === 'rejected' && run.counts.rejected === 0) throw new SegueError('ACTION_REFUSED', `Run ${id} has no rejected rows.`)
        return queued(run.orchestration, id)
      })
    },
    async restart(_actor, id, idempotency) {
      const run = find(id)
      return once(`restart ${id}`, idempotency, () => {
        if (!isFinal(run.state) && run.state !== 'blocked') throw new SegueError('ACTION_REFUSED', `Run ${id} is ${run.state}.`)
        if (run.state === 'blocked') change(id, { state: 'cancelled' })
        return queued(run.orchestration, null)
      })
    },
    resume: async (_actor, id) => change(inState(id, 'blocked').id, { state: 'running' }),
    release: async (_actor, id) => change(inState(id, 'held').id, { state: 'running' }),
    refuse: async (_actor, id) => change(inState(id, 'held').id, { state: 'cancelled', reason: 'REFUSED' }),
    async resolve(_actor, id, { part, as }) {
      inState(id, 'needs_review')
      const all = parts.get(id) ?? []
      if (!all.some((each) => each.id === part && each.state === 'unknown'))
        throw new SegueError('PART_NOT_FOUND', `Run ${id} has no unknown part "${part}".`)
      const left = all.map((each) =>
        each.id === part ? { ...each, state: as === 'sent' ? ('sent' as const) : ('pending' as const) } : each,
      )
      parts.set(id, left)
      return left.some(({ state }) => state === 'unknown') ? find(id) : change(id, { state: 'running' })
    },
    async parts(id, { limit, cursor, state }) {
      const all = (parts.get(find(id).id) ?? []).filter((part) => (state ?? part.state) === part.state)
      return pageAfter(all, cursor, limit, (part) => part.id)
    },
    async rejected(id, { limit, cursor, dataset, code }) {
      const all = (rejects.get(datasetOf(find(id), dataset)) ?? []).filter((row) => (code ?? row.code) === row.code)
      return pageAfter(all, cursor, limit, ({ row }) => String(row))
    },
    async downloadRejected(id, { dataset, format }) {
      const rows = rejects.get(datasetOf(find(id), dataset)) ?? []
      const lines =
        format === 'csv' ? ['row,code', ...rows.map(({ row, code }) => `${row},${code}`)] : rows.map((row) => JSON.stringify(row))
      return blocks(lines)
    },
  }
}

/** Under this the test keeps the rejected rows of a run, and of a run of several datasets those of each. */
function datasetOf(run: RunDocument, name: string | undefined): string {
  if (run.datasets.length < 2) return run.id
  if (name === undefined) throw new SegueError('INVALID', `Run ${run.id} has several datasets: say which.`)
  return `${run.id} ${name}`
}

async function* blocks(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${line}\n`)
}

function pageAfter<T>(all: readonly T[], cursor: string | undefined, limit: number, placeOf: (item: T) => string) {
  const seen = cursor === undefined ? 0 : all.findIndex((item) => placeOf(item) === cursor) + 1
  if (cursor !== undefined && seen === 0) throw new SegueError('INVALID', `"${cursor}" is not a cursor of a list.`)
  const items = all.slice(seen, seen + limit)
  const last = items.at(-1)
  return { items, next: last !== undefined && seen + limit < all.length ? placeOf(last) : null }
}
