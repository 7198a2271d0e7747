/**
 * Which process works on which run: a session advisory lock per run, all on one connection of their own. PostgreSQL frees them when the
 * process dies, however it dies.
 */
import { createHash } from 'node:crypto'
import pg from 'pg'
import type { StoreAddress } from './connect.ts'
import { clientOptions, patiently, placeOf } from './connect.ts'

/** A lock is named by any text; runs by their id. */
export interface RunLocks {
  /** True where this process holds it from now on; false where another process, or this one already, holds it. Throws STORE_UNAVAILABLE. */
  hold(key: string): Promise<boolean>
  /** Nothing where it is not held. */
  release(key: string): Promise<void>
  /** Whether nobody holds it. A hint: who wants to act on it has to `hold` it first. */
  isFree(key: string): Promise<boolean>
  /**
   * After a lost connection the locks are taken again. Told of those that could not be: somebody else has them, or the store did not come
   * back in time. Whoever works on those runs has to stop.
   */
  onLost(listener: (keys: string[]) => void): void
}

/** A shared advisory lock could be meant by the same number; exclusive ones with a number of 64 bits, as here, show as `objsubid` 1. */
const isFreeStatement = `
  SELECT NOT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND (classid::bigint << 32 | objid::bigint) = $1::bigint
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS answer`

export function createRunLocks(address: StoreAddress, onWarning: (text: string) => void): RunLocks & { close(): Promise<void> } {
  const held = new Set<string>()
  const listeners: ((keys: string[]) => void)[] = []
  const inTurn = createTurns()
  const session = createSession(address, onWarning, () => {
    if (held.size > 0) void inTurn(retake)
  })
  const take = (key: string): Promise<boolean> => session.ask('SELECT pg_try_advisory_lock($1::bigint) AS answer', key)

  const retake = async (): Promise<void> => {
    const lost: string[] = []
    for (const key of held) if (!(await take(key).catch(() => false))) lost.push(key)
    const reported = lost.filter((key) => held.delete(key))
    if (reported.length > 0) for (const listener of listeners) listener(reported)
  }

  return {
    hold: (key) =>
      inTurn(async () => {
        if (held.has(key) || !(await take(key))) return false
        held.add(key)
        return true
      }),
    release: (key) =>
      inTurn(async () => {
        if (held.delete(key)) await session.ask('SELECT pg_advisory_unlock($1::bigint) AS answer', key)
      }),
    isFree: async (key) => !held.has(key) && session.ask(isFreeStatement, key),
    onLost: (listener) => {
      listeners.push(listener)
    },
    close: async () => {
      held.clear()
      await session.close()
    },
  }
}

/** One change at a time: a lock that is released while it is being taken again must not stay taken. */
function createTurns(): <T>(change: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (change) => {
    const turn = last.then(change)
    last = turn.catch(() => {})
    return turn
  }
}

interface Session {
  /** Asks a yes-or-no question about a lock. It may be asked twice: what a lost connection held is free again. */
  ask(statement: string, key: string): Promise<boolean>
  close(): Promise<void>
}

function createSession(address: StoreAddress, onWarning: (text: string) => void, onEnd: () => void): Session {
  let client: Promise<pg.Client> | null = null
  let isClosed = false
  const connect = async (): Promise<pg.Client> => {
    // Ends the patience of those who still ask.
    if (isClosed) throw new Error('the store is closed')
    const fresh = new pg.Client(clientOptions(address))
    fresh.on('error', () => {})
    await fresh.connect()
    fresh.once('end', () => {
      client = null
      onEnd()
    })
    return fresh
  }
  const current = (): Promise<pg.Client> => {
    const started = (client ??= connect())
    started.catch(() => {
      if (client === started) client = null
    })
    return started
  }
  return {
    ask: (statement, key) =>
      patiently(
        async () => (await (await current()).query<{ answer: boolean }>(statement, [lockNumber(key)])).rows[0]?.answer === true,
        placeOf(address),
        onWarning,
      ),
    close: async () => {
      isClosed = true
      await (await client?.catch(() => null))?.end()
    },
  }
}

/** 64 bits of a hash: PostgreSQL names advisory locks by number, in one space for all programs that use the database. */
function lockNumber(key: string): string {
  return createHash('sha256').update(`segue run ${key}`).digest().readBigInt64BE().toString()
}
