/** A worker's hold on a run: everything that it writes goes through here, and ends when the lease is lost (delivery.md, Leases). */
import { SegueError, errorTable, type ErrorCode } from '../contract/errors.ts'
import type { RunProgress } from '../contract/runs.ts'
import type { Claim } from '../store/runs/lease.ts'
import type { RunChange } from '../store/runs/run-changes.ts'
import type { RunStore } from './run-store.ts'

/** Another worker may have the run by now: stop, and touch nothing. Not an error of the run. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

export interface Lease {
  readonly claim: Claim
  /** Aborted when the lease is lost (LeaseLost) or the run is to be cancelled (a SegueError). */
  readonly signal: AbortSignal
  /** Writes changes together, in one transaction; those that other steps want written meanwhile go with them. Throws LeaseLost. */
  write(...changes: RunChange[]): Promise<void>
  /** Makes sure, by this machine's own clock, that the lease outlasts so many milliseconds from now. Throws LeaseLost. */
  cover(ms: number): Promise<void>
  /** Covers work that takes so many milliseconds at most, which may be longer than a lease: until it ends, no renewal makes the lease shorter. Throws LeaseLost. */
  during<T>(ms: number, work: () => Promise<T>): Promise<T>
  /** Says how far the run is; written with the next beat. */
  tell(progress: RunProgress): void
  close(): Promise<void>
}

export interface LeaseWorld {
  readonly store: Pick<RunStore, 'commit'>
  readonly leaseMs: number
  readonly beatMs: number
  readonly marginMs: number
  readonly monotonicMs: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

interface Waiting {
  readonly changes: readonly RunChange[]
  readonly leaseMs: number
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

const pauseMs = 100

/**
 * Opens the hold on a claimed run. `claimedAtMs` is this machine's monotonic time from before the claim was asked for: the lease is good from then.
 */
export function openLease(world: LeaseWorld, claim: Claim, claimedAtMs: number, controller: AbortController): Lease {
  const { store, leaseMs, beatMs, marginMs, monotonicMs, sleep } = world
  const closed = new AbortController()
  let goodUntil = claimedAtMs + leaseMs
  let waiting: Waiting[] = []
  let draining: Promise<void> | null = null
  let progress: RunProgress | null = null
  /** Ends, by this machine's monotonic clock, that no renewal may fall behind. */
  const covered = new Set<{ readonly untilMs: number }>()

  const lost = (why: string): LeaseLost => {
    const error = new LeaseLost(`run ${claim.run}, epoch ${claim.epoch}: ${why}`)
    controller.abort(error)
    return error
  }
  const isLost = (): boolean => controller.signal.reason instanceof LeaseLost

  /** A failure of the store is "maybe not renewed": asked again while the lease that is known of lasts. Every change may be written twice. */
  const commit = async (changes: readonly RunChange[], atLeastMs: number): Promise<void> => {
    for (;;) {
      if (isLost()) throw controller.signal.reason
      const before = monotonicMs()
      if (before >= goodUntil) throw lost('it was not renewed in time')
      const forMs = Math.max(atLeastMs, ...[...covered].map(({ untilMs }) => untilMs + marginMs - before))
      try {
        const renewal = await store.commit(claim, forMs, changes)
        if (!renewal.kept) throw lost('another worker has it')
        // The last one counts, not the longest: the database has what was asked for last.
        goodUntil = before + forMs
        if (renewal.cancelReason !== null && !controller.signal.aborted) controller.abort(cancelled(renewal.cancelReason))
        return
      } catch (error) {
        if (!(error instanceof SegueError && error.code === 'STORE_UNAVAILABLE')) throw error
        await sleep(pauseMs)
      }
    }
  }
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        await commit(
          group.flatMap(({ changes }) => changes),
          Math.max(...group.map((each) => each.leaseMs)),
        )
        for (const { done } of group) done()
      } catch (error) {
        for (const { failed } of group) failed(error)
      }
    }
    draining = null
  }
  const enqueue = (changes: readonly RunChange[], forMs: number): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ changes, leaseMs: forMs, done, failed })
      draining ??= drain()
    })

  const beat = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      await sleep(beatMs, closed.signal).catch(() => undefined)
      if (closed.signal.aborted || isLost()) return
      const told = progress
      progress = null
      // What fails here failed for the steps too; a lease that cannot be renewed is told by the signal.
      await enqueue(told ? [{ kind: 'progress', progress: told }] : [], leaseMs).catch((error: unknown) => {
        if (!controller.signal.aborted) controller.abort(error)
      })
    }
  }
  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted && !isLost()) {
      const left = goodUntil - monotonicMs()
      if (left <= 0) lost('it was not renewed in time')
      else await sleep(left, closed.signal).catch(() => undefined)
    }
  }
  const cover = async (ms: number): Promise<void> => {
    if (isLost()) throw controller.signal.reason
    if (goodUntil - monotonicMs() < ms + marginMs) await enqueue([], Math.max(leaseMs, ms + marginMs))
    if (goodUntil - monotonicMs() < ms) throw lost('it ends too soon')
  }
  const beating = Promise.all([beat(), watch()])

  return {
    claim,
    signal: controller.signal,
    write: (...changes) => enqueue(changes, leaseMs),
    cover,
    async during(ms, work) {
      const end = { untilMs: monotonicMs() + ms }
      covered.add(end)
      try {
        await cover(ms)
        return await work()
      } finally {
        covered.delete(end)
      }
    },
    tell: (news) => {
      progress = news
    },
    close: async () => {
      closed.abort()
      await beating
      await draining
    },
  }
}

/** The end of a run that somebody asked for, or that nobody decided about. */
function cancelled(reason: string): SegueError {
  const code: ErrorCode = Object.hasOwn(errorTable, reason) ? (reason as ErrorCode) : 'RUN_CANCELLED'
  return new SegueError(code, code === 'RUN_CANCELLED' ? 'Cancelled.' : errorTable[code].title)
}
