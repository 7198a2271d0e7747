/**
 * Thousands of orders of crashes, standstills, lost answers and failures, each by a seed: the engine's own code between a store, a clock and a
 * destination that are simulated. A seed that fails is the report: SEGUE_SIMULATION_SEED=n runs it alone.
 */
import { expect, test } from 'vitest'
import { crashTimings } from '../helpers/crash-timings.ts'
import { createVirtualTime } from '../helpers/virtual-time.ts'
import { memoryStore } from './memory-store.ts'
import { isBad, simulatedDestination } from './simulated-destination.ts'
import { isGap, workUntilSettled, type SimulatedWorld } from './simulated-worker.ts'

const given = process.env['SEGUE_SIMULATION_SEED']
const seeds = given === undefined ? Array.from({ length: 1_500 }, (_, index) => index + 1) : [Number(given)]
/** Of the time that passes in it: whatever happens, a run comes to an end, or to a person. */
const longestMs = 4 * 3_600_000
const settled: ReadonlySet<string> = new Set(['succeeded', 'succeeded_with_rejects', 'failed', 'cancelled', 'needs_review', 'blocked'])

async function simulate(seed: number): Promise<string> {
  const time = createVirtualTime(seed)
  const pick = <T>(...values: readonly T[]): T => values[Math.floor(time.random() * values.length)] as T
  const rows = pick(1, 40, 300)
  const windowRows = pick(50, 128)
  const idempotent = pick(true, false)
  const sent = Array.from({ length: rows }, (_, row) => row).filter((row) => !isGap(row))
  const store = memoryStore(time, sent.length, windowRows, pick(0, 0, 0.05))
  const destination = simulatedDestination(time, {
    honoursKeys: idempotent,
    lost: pick(0, 0.05, 0.2),
    failed: pick(0, 0.1),
    limited: pick(0, 0.05),
    refusesBatches: pick(true, false),
  })
  const world: SimulatedWorld = {
    time,
    store,
    destination,
    rows,
    windowRows,
    limits: {
      batchRows: pick(1, 7, 20),
      batchBytes: 1_000_000,
      parallel: pick(1, 4),
      requestsPerSecond: pick(null, null, 50),
      idempotent,
      requestMs: crashTimings.requestMs,
    },
    onUnknown: pick('resend', 'hold'),
    death: pick(0, 0.005, 0.02),
    standstill: pick(0, 0.005),
    excused: [],
    verdicts: new Map(),
  }
  const isOver = (): boolean => settled.has(store.run.state)
  const cancelsAtMs = pick(null, null, null, time.random() * 5_000)
  await time.run(async () => {
    if (cancelsAtMs !== null) void time.sleep(cancelsAtMs).then(() => void (store.run.cancelAsked = true))
    const workers = Promise.all([workUntilSettled(world, isOver), workUntilSettled(world, isOver)])
    const ended = await Promise.race([workers.then(() => true), time.sleep(longestMs).then(() => false)])
    expect(ended, `the run is ${store.run.state} after ${longestMs} ms, and somebody works on it still`).toBe(true)
  })
  check(world, sent)
  return store.run.state
}

/** The oracles: whatever happened. */
function check({ store, destination, limits, onUnknown, verdicts, excused }: SimulatedWorld, sent: readonly number[]): void {
  const { counts, run } = store
  const parts = store.allParts()
  expect(counts.delivered + counts.rejected + counts.unknown + counts.skipped + counts.pending, 'the counts add up').toBe(sent.length)
  const times = new Map<number, number>()
  for (const { row } of destination.effects) times.set(row, (times.get(row) ?? 0) + 1)
  expect(
    [...times.keys()].filter((row) => isBad(row)),
    'no bad row took effect',
  ).toEqual([])

  const rejectedRows = parts
    .flatMap(({ verdict_file: file }) => (file === null ? [] : (verdicts.get(file)?.rejected ?? [])))
    .map(({ row }) => row)
  expect(rejectedRows.length, 'every rejected row has its verdict').toBe(counts.rejected)
  expect(new Set(rejectedRows).size, 'and one only').toBe(rejectedRows.length)

  if (run.state === 'succeeded' || run.state === 'succeeded_with_rejects') {
    expect([counts.pending, counts.unknown, counts.skipped]).toEqual([0, 0, 0])
    const settledRows = new Set([...times.keys(), ...rejectedRows])
    expect(
      sent.filter((row) => !settledRows.has(row)),
      'nothing is lost',
    ).toEqual([])
  }
  const doubled = [...times.values()].filter((count) => count > 1).length
  if (limits.idempotent) expect(doubled, 'nothing is there twice where keys are honoured').toBe(0)
  else if (onUnknown === 'hold') expect(doubled, 'nothing is sent twice with hold').toBe(0)
  else
    expect(doubled, 'what is there twice is marked, or unknown').toBeLessThanOrEqual(
      counts.possibleDuplicate + counts.unknown + counts.rejected,
    )

  // Nothing is begun by an old epoch after a new one has begun, but what had looked at the lease already when its machine stood still (I4).
  let newest = 0
  const late = new Map<string, number>()
  for (const { epoch } of destination.requests) {
    if (Number(epoch) < newest) late.set(epoch, (late.get(epoch) ?? 0) + 1)
    newest = Math.max(newest, Number(epoch))
  }
  for (const [epoch, count] of late)
    expect(count, 'requests of an old epoch').toBeLessThanOrEqual(excused.filter((one) => one === epoch).length)
}

test(`${seeds.length} orders of events`, { timeout: 300_000 }, async () => {
  const ends = new Map<string, number>()
  for (const seed of seeds) {
    const end = await simulate(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    })
    ends.set(end, (ends.get(end) ?? 0) + 1)
  }
  // Every kind of end is met: otherwise the faults are too few, or too many, to show anything.
  if (given === undefined)
    for (const state of ['succeeded', 'succeeded_with_rejects', 'failed', 'cancelled', 'needs_review'])
      expect(ends.get(state) ?? 0, state).toBeGreaterThan(10)
})
