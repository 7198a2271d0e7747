/**
 * How fast requests may go to each destination account: one limiter per destination in a process, shared by all of its runs, so that a
 * destination that asks for fewer requests gets fewer from everybody, and no other destination is slower for it (delivery.md, Failures).
 */
export interface PaceSettings {
  /** null: as fast as it goes. */
  readonly requestsPerSecond: number | null
  /** Requests on their way at once, over all runs of the destination. */
  readonly parallel: number
}

/** The pace of one run's requests to a destination. Its settings hold for everybody of the destination until it is closed. */
export interface Pace {
  /**
   * Waits for its turn, first come first served, and takes one of the parallel places until the returned function is called; calling that
   * again does nothing. Throws the signal's reason when aborted while it waits.
   */
  acquire(signal: AbortSignal): Promise<() => void>
  /** Nobody of this destination begins a request for so many milliseconds; a longer pause that is on already stays. */
  pauseFor(ms: number): void
  /** Milliseconds until the pause is over and the spacing allows the next request; 0 where at most a free place is missing. */
  waitingMs(): number
  /** Takes the settings back; what was acquired is still to be released. */
  close(): void
}

export interface Paces {
  /** The tightest of the settings that are open for the destination holds. */
  paceOf(destinationId: string, settings: PaceSettings): Pace
}

export interface PaceWorld {
  readonly monotonicMs: () => number
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

export function createPaces(world: PaceWorld): Paces {
  const accounts = new Map<string, Account>()
  return {
    paceOf(destinationId, settings) {
      const account = accounts.get(destinationId) ?? openAccount(world)
      accounts.set(destinationId, account)
      // An object of its own, so that equal settings of two runs are two.
      const own = { ...settings }
      account.change(own, true)
      return {
        acquire: account.acquire,
        pauseFor: account.pauseFor,
        waitingMs: account.waitingMs,
        close: () => account.change(own, false),
      }
    },
  }
}

interface Account extends Omit<Pace, 'close'> {
  change(settings: PaceSettings, given: boolean): void
}

/** The longest that a timer of Node.js can wait; a longer one fires at once. */
const longestSleepMs = 2 ** 31 - 1
/** Less than a microsecond is what floating point leaves over, and is no wait. */
const noWaitMs = 0.001

function openAccount({ monotonicMs, sleep }: PaceWorld): Account {
  const given = new Set<PaceSettings>()
  /** In the order of their coming. */
  const waiters = new Set<() => void>()
  let held = 0
  let startedMs = -Infinity
  let pausedUntilMs = -Infinity
  let timer: { readonly dueMs: number; readonly ended: AbortController } | null = null

  const dueMs = (): number => {
    const perSecond = Math.min(...[...given].map((settings) => settings.requestsPerSecond ?? Infinity))
    return Math.max(pausedUntilMs, startedMs + 1_000 / perSecond)
  }
  const parallel = (): number => Math.min(...[...given].map((settings) => settings.parallel))
  const waitingMs = (): number => {
    const wait = dueMs() - monotonicMs()
    return wait > noWaitMs ? wait : 0
  }

  function stopTimer(): void {
    timer?.ended.abort()
    timer = null
  }

  /** Has the next ones begin who may, and sets the timer for the first who must wait for time to pass. */
  function goOn(): void {
    for (const begin of waiters) {
      if (held >= parallel()) break
      const wait = waitingMs()
      if (wait > 0) {
        setTimer(wait)
        return
      }
      waiters.delete(begin)
      held += 1
      startedMs = monotonicMs()
      begin()
    }
    stopTimer()
  }

  function setTimer(waitMs: number): void {
    const due = dueMs()
    if (timer?.dueMs === due) return
    stopTimer()
    const own = { dueMs: due, ended: new AbortController() }
    timer = own
    const fired = (): void => {
      if (timer !== own) return
      timer = null
      goOn()
    }
    sleep(Math.min(waitMs, longestSleepMs), own.ended.signal).then(fired, () => undefined)
  }

  function releaseOnce(): () => void {
    let released = false
    return () => {
      if (released) return
      released = true
      held -= 1
      goOn()
    }
  }

  return {
    async acquire(signal) {
      signal.throwIfAborted()
      const { promise, resolve, reject } = Promise.withResolvers<() => void>()
      const begin = (): void => {
        signal.removeEventListener('abort', leave)
        resolve(releaseOnce())
      }
      const leave = (): void => {
        waiters.delete(begin)
        reject(signal.reason)
        goOn()
      }
      signal.addEventListener('abort', leave, { once: true })
      waiters.add(begin)
      goOn()
      return promise
    },
    pauseFor(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, monotonicMs() + ms)
      goOn()
    },
    waitingMs,
    change(settings, isGiven) {
      if (isGiven) given.add(settings)
      else given.delete(settings)
      goOn()
    },
  }
}
