/** Whose turn it is: takes runs off the queue while there are slots, and gives each to a worker (delivery.md, Leases). */
import type { RunRow } from '../store/runs/runs.ts'

export interface DispatchWorld {
  /** The next run, or null where none is due. */
  readonly claim: () => Promise<RunRow | null>
  /** Milliseconds until a run may be due or a lease ends; null where nothing is to come. */
  readonly nextDueMs: () => Promise<number | null>
  /** Works on a run until it is out of this worker's hands. Must not throw. */
  readonly work: (run: RunRow, claimedAtMs: number) => Promise<void>
  readonly slots: number
  readonly pollMs: number
  readonly monotonicMs: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly random: () => number
  readonly onTrouble: (error: unknown) => void
}

export interface Dispatcher {
  /** Something may be due. A hint: it looks by itself too. */
  wake(): void
  /** Takes no more runs; those that work go on. */
  stop(): Promise<void>
}

export function startDispatcher(world: DispatchWorld): Dispatcher {
  const stopped = new AbortController()
  const working = new Set<Promise<void>>()
  let napping = new AbortController()
  let news = false

  const wake = (): void => {
    news = true
    napping.abort()
  }
  const takeAll = async (): Promise<void> => {
    while (working.size < world.slots && !stopped.signal.aborted) {
      const claimedAtMs = world.monotonicMs()
      const run = await world.claim()
      if (run === null) return
      const done = world.work(run, claimedAtMs).finally(() => {
        working.delete(done)
        wake()
      })
      working.add(done)
    }
  }
  /** Polls spread by a fifth, so that many workers do not ask at once; a run that is due sooner is waited for exactly. */
  const pauseMs = async (): Promise<number> => {
    const usual = world.pollMs * (0.8 + 0.4 * world.random())
    const due = working.size < world.slots ? await world.nextDueMs() : null
    return due === null ? usual : Math.min(usual, Math.max(due, 0) + 20)
  }
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      napping = new AbortController()
      news = false
      let pause = world.pollMs
      try {
        await takeAll()
        pause = await pauseMs()
      } catch (error) {
        world.onTrouble(error)
      }
      if (news) continue
      await world.sleep(pause, AbortSignal.any([napping.signal, stopped.signal])).catch(() => undefined)
    }
  }
  const looping = loop()
  return {
    wake,
    async stop() {
      stopped.abort()
      await looping
    },
  }
}
