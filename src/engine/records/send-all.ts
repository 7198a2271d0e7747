/** Keeps as many batches on their way as may be, and brings back those that are to be tried again when their time has come. */
import { SegueError } from '../../contract/errors.ts'
import { WaitLonger } from '../decide-stop.ts'
import type { Next } from './decide-attempt.ts'
import type { Pace } from './pace.ts'
import type { RecordPart } from './record-part.ts'

export interface Sender {
  /** Batches at once, those that wait for their turn or for the store among them. */
  readonly most: number
  /** The next batches that nobody has tried; none where there are no more. */
  more(): Promise<readonly RecordPart[]>
  /** Makes one attempt. `turn` is aborted when no further request is to begin: then it throws the reason, with nothing written. */
  attempt(part: RecordPart, turn: AbortController): Promise<Next>
}

export interface SendWorld {
  readonly monotonicMs: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly longWaitMs: number
  readonly pace: Pick<Pace, 'waitingMs'>
  readonly signal: AbortSignal
}

/**
 * Sends until nothing is left. Throws what stopped it, after every request on its way has come to its end: the signal's reason, what an
 * attempt threw or said (`stop`), or WaitLonger where the next request may not begin soon.
 */
export async function sendAll(world: SendWorld, { most, more, attempt }: Sender): Promise<void> {
  const { monotonicMs, sleep, longWaitMs, pace, signal } = world
  const ready: RecordPart[] = []
  let delayed: { readonly part: RecordPart; readonly dueMs: number }[] = []
  const running = new Set<Promise<void>>()
  const turn = new AbortController()
  let hasMore = true

  const stop = (reason: unknown): void => turn.abort(reason)
  const waitLonger = (ms: number): void => {
    if (ms > longWaitMs)
      stop(new WaitLonger(ms, new SegueError('RATE_LIMITED', `The next request may begin in ${Math.ceil(ms / 1000)} s.`)))
  }
  const follow = (next: Next): void => {
    if (next.do === 'stop') stop(next.error)
    else if (next.do === 'pause') {
      ready.push(...next.parts)
      waitLonger(pace.waitingMs())
    } else if (next.afterMs === 0) ready.unshift(...next.parts)
    else delayed.push(...next.parts.map((part) => ({ part, dueMs: monotonicMs() + next.afterMs })))
  }
  const start = (part: RecordPart): void => {
    const job: Promise<void> = attempt(part, turn)
      .then(follow, stop)
      .finally(() => running.delete(job))
    running.add(job)
  }
  /** Those whose time has come; gives the milliseconds until the next one. */
  const bringBack = (): number => {
    const now = monotonicMs()
    ready.push(...delayed.filter(({ dueMs }) => dueMs <= now).map(({ part }) => part))
    delayed = delayed.filter(({ dueMs }) => dueMs > now)
    return Math.min(...delayed.map(({ dueMs }) => dueMs - now))
  }
  const somethingHappens = async (withinMs: number): Promise<void> => {
    const awake = new AbortController()
    const wakes: Promise<unknown>[] = [...running]
    if (withinMs < Infinity && !turn.signal.aborted)
      wakes.push(sleep(withinMs, AbortSignal.any([signal, awake.signal])).catch(() => undefined))
    await Promise.race(wakes)
    awake.abort()
  }

  /** What fails here stops it as well: those on their way are waited for. */
  const fill = async (): Promise<void> => {
    while (hasMore && ready.length < most) {
      const fresh = await more()
      hasMore = fresh.length > 0
      ready.push(...fresh)
    }
  }

  // At once: those that wait for their turn are to hear of it.
  const onAbort = (): void => stop(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  for (;;) {
    const dueInMs = bringBack()
    if (!turn.signal.aborted) {
      await fill().catch(stop)
      if (ready.length === 0 && running.size === 0 && delayed.length > 0) waitLonger(dueInMs)
    }
    if (!turn.signal.aborted) while (ready.length > 0 && running.size < most) start(ready.shift() as RecordPart)
    if (running.size > 0 || (!turn.signal.aborted && delayed.length > 0)) await somethingHappens(dueInMs)
    else if (turn.signal.aborted || ready.length === 0) break
  }
  signal.removeEventListener('abort', onAbort)
  turn.signal.throwIfAborted()
}
