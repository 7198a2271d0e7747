/** Workers that take the run, die, stand still and wake up, by the seed; between them the engine's own code. */
import { SegueError } from '../../src/contract/errors.ts'
import type { RecordDestinationDefinition, RecordLimits } from '../../src/contract/destination.ts'
import { stateOfDelivered } from '../../src/engine/decide-end.ts'
import { decideStop } from '../../src/engine/decide-stop.ts'
import type { EngineDependencies } from '../../src/engine/dependencies.ts'
import { LeaseLost, openLease } from '../../src/engine/lease.ts'
import type { PinnedRun } from '../../src/engine/pinned-run.ts'
import { deliverDataset } from '../../src/engine/records/deliver-dataset.ts'
import { settleEarlier } from '../../src/engine/records/deliver-records.ts'
import { createPaces, type Paces } from '../../src/engine/records/pace.ts'
import { recordPartOf } from '../../src/engine/records/record-part.ts'
import type { RecordWork } from '../../src/engine/records/record-work.ts'
import { createRefusals } from '../../src/engine/records/refusals.ts'
import type { Verdicts } from '../../src/engine/records/verdict-file.ts'
import type { Window } from '../../src/engine/records/window.ts'
import type { RunRow } from '../../src/store/runs/runs.ts'
import { crashTimings } from '../helpers/crash-timings.ts'
import type { VirtualTime } from '../helpers/virtual-time.ts'
import type { MemoryStore } from './memory-store.ts'
import type { SimulatedDestination } from './simulated-destination.ts'

export interface SimulatedWorld {
  readonly time: VirtualTime
  readonly store: MemoryStore
  readonly destination: SimulatedDestination
  readonly rows: number
  readonly windowRows: number
  readonly limits: RecordLimits
  readonly onUnknown: 'resend' | 'hold'
  /** How often a worker dies, or stands still, at a step of its own; from 0 to 1. */
  readonly death: number
  readonly standstill: number
  /** Epochs of requests before which the machine stood still. */
  readonly excused: string[]
  /** Verdict files that are durable, by name. */
  readonly verdicts: Map<string, Verdicts>
}

/** A worker that has died: whatever it waits for never comes. */
const never = (): Promise<never> => new Promise(() => undefined)

/** Takes the run again and again, as one process after the other; ends when nobody has to take it any more. */
export async function workUntilSettled(world: SimulatedWorld, isOver: () => boolean): Promise<void> {
  const { time, store } = world
  while (!isOver()) {
    const row = store.claim(crashTimings.leaseMs)
    if (row) await Promise.race([diesAtSomeTime(row), work(world, row)])
    await time.sleep(time.random() * crashTimings.pollMs)
  }
}

const deaths = new WeakMap<RunRow, () => void>()

/** Resolves when the worker that has the run dies. */
function diesAtSomeTime(row: RunRow): Promise<void> {
  return new Promise((resolve) => deaths.set(row, resolve))
}

async function work(world: SimulatedWorld, row: RunRow): Promise<void> {
  const { time, store, limits, onUnknown, destination, verdicts, rows, windowRows } = world
  let isAlive = true
  const controller = new AbortController()
  let stillUntilMs = 0
  /** Every step of a worker goes through here: at some it dies, at some it stands still for longer than its lease. */
  const step = async (): Promise<void> => {
    if (!isAlive) return never()
    if (time.random() < world.death) {
      isAlive = false
      deaths.get(row)?.()
      return never()
    }
    if (time.random() < world.standstill)
      stillUntilMs = Math.max(stillUntilMs, time.monotonicMs() + time.random() * crashTimings.leaseMs * 3)
    // Nothing of the process goes on while it stands still.
    while (stillUntilMs > time.monotonicMs()) await time.sleep(stillUntilMs - time.monotonicMs())
  }
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    await time.sleep(ms, signal)
    if (!isAlive) return never()
    while (stillUntilMs > time.monotonicMs()) await time.sleep(stillUntilMs - time.monotonicMs())
  }
  const runs: MemoryStore = {
    ...store,
    async commit(claim, leaseMs, changes) {
      await step()
      const renewal = await store.commit(claim, leaseMs, changes)
      await step()
      return renewal
    },
  }
  const paces: Paces = createPaces({ monotonicMs: time.monotonicMs, sleep })
  const deps = {
    runs,
    clock: time.now,
    monotonicMs: time.monotonicMs,
    sleep,
    random: time.random,
    timings: crashTimings,
    reached: () => undefined,
    spoolDir: '',
    ledgerDir: '',
    paces,
    onWarning: (text: string) => {
      throw new Error(text)
    },
  } as unknown as EngineDependencies
  const lease = openLease({ ...deps, store: runs, ...crashTimings }, { run: row.id, epoch: row.epoch }, time.monotonicMs(), controller)
  const pinned = {
    now: time.now().toISOString(),
    retry: { attempts: 12, withinMs: 3_600_000 },
    destination: { id: 'dst', onUnknown },
  } as unknown as PinnedRun
  const recordWork: RecordWork = {
    deps,
    run: row.id,
    epoch: row.epoch,
    pinned,
    lease,
    progress: { enter: () => undefined, tell: () => undefined },
    open: new AsyncDisposableStack(),
    definition: undefined as unknown as RecordDestinationDefinition,
    limits,
  }
  const opened = destination.open(row.epoch, () => isAlive)
  try {
    let stop: ReturnType<typeof decideStop> | null = null
    try {
      if (row.cancel_requested_at !== null) throw new SegueError('RUN_CANCELLED', 'Cancelled.')
      if (row.deaths >= 3) throw new SegueError('POISON', 'Three workers died.')
      const found = await settleEarlier(recordWork, await runs.load(row.id))
      const [dataset] = found.datasets
      const delivery = {
        destination: {
          ...opened,
          async send(...given: Parameters<typeof opened.send>) {
            const before = time.monotonicMs()
            await step()
            // The lease was looked at, and then the machine stood still: nobody can help that.
            if (time.monotonicMs() > before) world.excused.push(row.epoch)
            const answer = await opened.send(...given)
            await step()
            return answer
          },
        },
        pace: paces.paceOf('dst', limits),
        work: recordWork,
        dataset: 'rows',
        refusals: createRefusals(true),
        async keepVerdicts(name: string, given: Verdicts) {
          await step()
          verdicts.set(name, given)
          await step()
        },
        limited: new Map<string, number>(),
        startedAtMs: time.now().getTime(),
      }
      const open = found.open.filter(({ state }) => state !== 'unknown').map(recordPartOf)
      const plannedTo = Number(dataset?.planned_to ?? 0)
      await deliverDataset(delivery, { number: 0, rows, windowRows, plannedTo }, open, (from, to) =>
        Promise.resolve(memoryWindow(from, to)),
      )
      const { datasets } = await runs.load(row.id)
      const state = stateOfDelivered({ rejected: Number(datasets[0]?.rejected), unknown: Number(datasets[0]?.unknown) })
      await lease.write({ kind: 'end', state, reason: null, error: null })
    } catch (error) {
      if (error instanceof LeaseLost || controller.signal.reason instanceof LeaseLost) return
      const { run } = await runs.load(row.id)
      stop = decideStop(controller.signal.aborted ? controller.signal.reason : error, {
        said: null,
        atDestination: true,
        tries: run.tries,
        attempts: 12,
        withinMs: 3_600_000,
        elapsedMs: 0,
        backoffMs: crashTimings.backoffMs,
        random: time.random,
      })
    }
    if (stop === null) return
    if (stop.do === 'end') await lease.write({ kind: 'end', state: stop.state, reason: stop.reason, error: null })
    else if (stop.do !== 'hand_over')
      await lease.write({
        kind: 'leave',
        state: stop.do === 'wait' ? 'retry_wait' : stop.state,
        reason: stop.reason,
        error: null,
        tries: stop.do === 'wait' ? stop.tries : 0,
        afterMs: stop.do === 'wait' ? stop.afterMs : 0,
        decideWithinMs: null,
      })
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
  } finally {
    if (isAlive) await lease.close()
  }
}

/** Rows as lines, in memory; the place of every 23rd is a gap. */
export const isGap = (row: number): boolean => row % 23 === 22

function memoryWindow(first: number, end: number): Window {
  const rowsOf = ({ from, to, ordinals }: { from: number; to: number; ordinals: readonly number[] | null }): readonly number[] =>
    ordinals ?? Array.from({ length: to - from }, (_, index) => from + index).filter((row) => !isGap(row))
  return {
    to: end,
    *cut(from, { batchRows }) {
      for (let at = Math.max(from, first); at < end; at += batchRows) {
        const range = { from: at, to: Math.min(end, at + batchRows), ordinals: null }
        const { length } = rowsOf(range)
        if (length > 0) yield { ...range, rows: length }
      }
    },
    read(batch) {
      const rows = rowsOf(batch)
      const sent = rows.length === batch.to - batch.from ? { ...batch, ordinals: null } : { ...batch, ordinals: rows }
      return Promise.resolve({ lines: Buffer.from(rows.map((row) => JSON.stringify({ row })).join('\n')), sent, giveBack: () => undefined })
    },
    close: () => Promise.resolve(),
  }
}
