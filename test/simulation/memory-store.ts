/** The store of one run of records in memory: what apply-changes.ts does in SQL, for simulations. Written from the promises, not from the SQL. */
import { SegueError } from '../../src/contract/errors.ts'
import type { RunStore, StoredRun } from '../../src/engine/run-store.ts'
import type { Claim, Renewal } from '../../src/store/runs/lease.ts'
import type { NewPart, RunChange } from '../../src/store/runs/run-changes.ts'
import type { PartRow } from '../../src/store/runs/parts.ts'
import type { RunDatasetRow } from '../../src/store/runs/run-datasets.ts'
import type { RunRow } from '../../src/store/runs/runs.ts'
import type { VirtualTime } from '../helpers/virtual-time.ts'

export interface SimulatedRun {
  state: RunRow['state']
  epoch: number
  leaseUntilMs: number
  notBeforeMs: number
  deaths: number
  tries: number
  reason: string | null
  cancelAsked: boolean
}

interface Counts {
  delivered: number
  rejected: number
  unknown: number
  pending: number
  skipped: number
  possibleDuplicate: number
}

export interface MemoryStore extends RunStore {
  readonly run: SimulatedRun
  readonly counts: Counts
  readonly allParts: () => readonly PartRow[]
  /** Takes the run where it is due or its lease has ended. */
  claim(leaseMs: number): RunRow | null
}

const none = null

/** @param refused how often a transaction fails: before it did anything, or after it did all, which the client cannot tell apart */
export function memoryStore(time: VirtualTime, rows: number, windowRows: number, refused: number): MemoryStore {
  const run: SimulatedRun = {
    state: 'queued',
    epoch: 0,
    leaseUntilMs: 0,
    notBeforeMs: 0,
    deaths: 0,
    tries: 0,
    reason: none,
    cancelAsked: false,
  }
  const counts: Counts = { delivered: 0, rejected: 0, unknown: 0, pending: rows, skipped: 0, possibleDuplicate: 0 }
  const parts = new Map<string, PartRow>()
  let plannedTo = 0

  const addParts = (given: readonly NewPart[]): void => {
    for (const part of given) if (!parts.has(part.id)) parts.set(part.id, storedRow(part))
  }
  const forgetDeaths = (): void => {
    run.deaths = 0
    run.tries = 0
  }
  const apply = ({ epoch }: Claim, change: RunChange): void => {
    switch (change.kind) {
      case 'parts':
        addParts(change.parts)
        if (change.plannedTo !== null) plannedTo = change.plannedTo
        return
      case 'sending': {
        const part = found(parts, change.part)
        if (part.state === 'sending' && part.epoch === epoch) return
        parts.set(part.id, {
          ...part,
          state: 'sending',
          epoch,
          attempts: part.attempts + 1,
          may_have_arrived: part.may_have_arrived || part.state === 'sending',
        })
        return
      }
      case 'checkpoint': {
        const { checkpoint } = change
        const part = found(parts, checkpoint.part)
        if (part.state !== 'sending' || part.epoch !== epoch) return
        const doubtful = part.possible_duplicate || checkpoint.possibleDuplicate
        const unknown = checkpoint.state === 'unknown' ? Number(part.rows) : 0
        parts.set(part.id, {
          ...part,
          state: checkpoint.state,
          delivered: String(checkpoint.delivered),
          rejected: String(checkpoint.rejected),
          spent: part.spent + (checkpoint.spends ? 1 : 0),
          possible_duplicate: doubtful,
          may_have_arrived: part.may_have_arrived || checkpoint.mayHaveArrived,
          verdict_file: checkpoint.verdictFile ?? part.verdict_file,
        })
        counts.delivered += checkpoint.delivered
        counts.rejected += checkpoint.rejected
        counts.unknown += unknown
        counts.pending -= checkpoint.delivered + checkpoint.rejected + unknown
        if (doubtful) counts.possibleDuplicate += checkpoint.delivered
        return forgetDeaths()
      }
      case 'lost': {
        const part = found(parts, change.part)
        if (part.state !== 'sending') return
        parts.set(part.id, { ...part, state: 'unknown' })
        counts.unknown += Number(part.rows)
        counts.pending -= Number(part.rows)
        return
      }
      case 'leave':
        run.state = change.state
        run.reason = change.reason
        run.tries = change.tries
        run.notBeforeMs = time.monotonicMs() + change.afterMs
        return
      case 'end':
        for (const part of parts.values()) {
          const isUnknown = part.state === 'sending' || ((part.state === 'pending' || part.state === 'failed') && part.may_have_arrived)
          if (isUnknown) {
            counts.unknown += Number(part.rows)
            counts.pending -= Number(part.rows)
            parts.set(part.id, { ...part, state: 'unknown' })
          } else if (part.state === 'pending') parts.set(part.id, { ...part, state: 'failed' })
        }
        counts.skipped += counts.pending
        counts.pending = 0
        run.state = change.state
        run.reason = change.reason
        return
      case 'phase':
      case 'progress':
      case 'event':
      case 'warning':
        return
      default:
        throw new Error(`a simulated run has no change of kind ${change.kind}`)
    }
  }
  const unavailable = (): SegueError => new SegueError('STORE_UNAVAILABLE', 'The store does not answer.')

  return {
    run,
    counts,
    allParts: () => [...parts.values()],
    claim(leaseMs) {
      const now = time.monotonicMs()
      const isDue = (run.state === 'queued' || run.state === 'retry_wait') && run.notBeforeMs <= now
      const isLapsed = (run.state === 'running' || run.state === 'cancelling') && run.leaseUntilMs < now
      if (!isDue && !isLapsed) return null
      if (isLapsed) run.deaths += 1
      run.state = run.cancelAsked ? 'cancelling' : 'running'
      run.epoch += 1
      run.leaseUntilMs = now + leaseMs
      return runRow(run)
    },
    async commit(claim, leaseMs, changes): Promise<Renewal> {
      await time.sleep(time.random() * 20)
      if (time.random() < refused) throw unavailable()
      const isHeld =
        String(run.epoch) === claim.epoch && ['running', 'cancelling'].includes(run.state) && run.leaseUntilMs >= time.monotonicMs()
      if (!isHeld) return { kept: false }
      run.leaseUntilMs = time.monotonicMs() + leaseMs
      for (const change of changes) apply(claim, change)
      await time.sleep(time.random() * 20)
      if (time.random() < refused) throw unavailable()
      return { kept: true, cancelReason: run.cancelAsked ? 'RUN_CANCELLED' : null, cameBack: false }
    },
    load: () => {
      const open = [...parts.values()].filter(({ state }) => state !== 'sent' && state !== 'split')
      return Promise.resolve({
        run: runRow(run),
        datasets: [datasetRow(counts, rows, plannedTo, windowRows)],
        open,
        visible: 0,
      } satisfies StoredRun)
    },
    parts: () => Promise.resolve([...parts.values()]),
    children: (_, parents) => Promise.resolve([...parts.values()].filter(({ parent }) => parent !== null && parents.includes(parent))),
    partialAppend: () => Promise.resolve(null),
  }
}

function found(parts: ReadonlyMap<string, PartRow>, id: string): PartRow {
  const part = parts.get(id)
  if (!part) throw new Error(`there is no part ${id}`)
  return part
}

function storedRow(part: NewPart): PartRow {
  return {
    id: part.id,
    stable_id: part.stableId,
    run_id: 'run',
    dataset: part.dataset,
    number: part.number,
    parent: part.parent,
    state: 'pending',
    epoch: '0',
    name: null,
    temporary_name: null,
    rows: String(part.rows),
    bytes: null,
    sha256: null,
    published_at: null,
    from_row: String(part.from),
    to_row: String(part.to),
    ordinals: part.ordinals === null ? null : [...part.ordinals],
    attempts: part.attempts,
    spent: part.spent,
    delivered: '0',
    rejected: '0',
    possible_duplicate: part.possibleDuplicate,
    may_have_arrived: part.mayHaveArrived,
    settled_at: null,
    publish_asked_at: null,
    reason: null,
    verdict_file: null,
  }
}

function runRow(run: SimulatedRun): RunRow {
  const start = new Date(Date.UTC(2026, 0, 1))
  return {
    id: 'run',
    orchestration_id: 'orc',
    orchestration_name: 'simulated',
    state: run.state,
    phase: 'delivering',
    trigger: 'manual',
    actor: 'owner',
    retry_of: null,
    scheduled_at: null,
    requested_at: start,
    started_at: start,
    ended_at: null,
    cancel_requested_at: run.cancelAsked ? start : null,
    epoch: String(run.epoch),
    destination_id: 'dst',
    priority: 0,
    not_before: start,
    waits: false,
    owner: null,
    lease_until: null,
    deaths: run.deaths,
    tries: run.tries,
    cancel_reason: run.cancelAsked ? 'RUN_CANCELLED' : null,
    retry_what: null,
    frozen_at: start,
    spool: 'run/1',
    decide_until: null,
    written_off_at: null,
    released_at: null,
    pinned: {},
    progress: null,
    warnings: [],
    reason: run.reason,
    error: null,
  }
}

function datasetRow(counts: Counts, rows: number, plannedTo: number, windowRows: number): RunDatasetRow {
  return {
    run_id: 'run',
    number: 0,
    name: 'rows',
    queried: String(rows),
    delivered: String(counts.delivered),
    rejected: String(counts.rejected),
    skipped: String(counts.skipped),
    unknown: String(counts.unknown),
    pending: String(counts.pending),
    possible_duplicate: String(counts.possibleDuplicate),
    rejects: [],
    columns: [],
    frozen: { file: '0.parquet', refused: '0.refused.parquet', rows, bytes: 1, sha256: null, windowRows },
    planned_to: String(plannedTo),
    ledger: null,
    rejected_rows: null,
  }
}
