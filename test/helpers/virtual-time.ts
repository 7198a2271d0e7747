/** A clock that stands still until everybody waits for it: hours pass in milliseconds, and the same seed gives the same order of events. */
import { setImmediate as turn } from 'node:timers/promises'

export interface VirtualTime {
  readonly monotonicMs: () => number
  readonly now: () => Date
  /** Rejects with the signal's reason when aborted; then nothing of it is left. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** From 0 to below 1, by the seed. */
  readonly random: () => number
  /** Sleeps that have not ended. */
  readonly sleeping: () => number
  /**
   * Runs the task, and lets time pass whenever nothing else happens, until the task has settled. Throws where the task waits and nobody
   * sleeps. Real input and output is not waited for: a task lives in this time only.
   */
  run<T>(task: () => Promise<T>): Promise<T>
}

interface Sleeper {
  readonly dueMs: number
  /** Who wakes first of those that wake at the same time. */
  readonly lot: number
  readonly wake: () => void
}

const startOfTime = Date.UTC(2026, 0, 1)

export function createVirtualTime(seed: number): VirtualTime {
  const random = seededRandom(seed)
  const sleepers = new Set<Sleeper>()
  let nowMs = 0

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const leave = (): void => {
      sleepers.delete(sleeper)
      reject(signal?.reason)
    }
    const wake = (): void => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }
    const sleeper: Sleeper = { dueMs: nowMs + Math.max(0, ms), lot: random(), wake }
    signal?.addEventListener('abort', leave, { once: true })
    sleepers.add(sleeper)
    return promise
  }

  function wakeNext(): void {
    let next: Sleeper | null = null
    for (const sleeper of sleepers) if (next === null || isBefore(sleeper, next)) next = sleeper
    if (next === null) throw new Error(`deadlock at ${nowMs} ms: the task waits, and nobody sleeps (seed ${seed})`)
    sleepers.delete(next)
    nowMs = next.dueMs
    next.wake()
  }

  return {
    monotonicMs: () => nowMs,
    now: () => new Date(startOfTime + nowMs),
    sleep,
    random,
    sleeping: () => sleepers.size,
    async run(task) {
      let settled = false
      const settle = (): void => {
        settled = true
      }
      const result = task()
      result.then(settle, settle)
      // A turn of the event loop begins when all microtasks are done: then whoever could go on has done so.
      for (await turn(); !settled; await turn()) wakeNext()
      return result
    },
  }
}

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.lot < other.lot)
}

/** The generator mulberry32: 32 bits of state, enough to shuffle a test. */
function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
