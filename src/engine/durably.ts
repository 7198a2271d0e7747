import { setTimeout as sleep } from 'node:timers/promises'
import { SegueError } from '../contract/errors.ts'

const patienceMs = 30_000
const pauseMs = 250

/**
 * Does a statement again while the store is away, for up to half a minute: a PostgreSQL that restarts must not fail a run.
 * For statements only that may be done twice.
 */
export async function durably<T>(statement: () => Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs
  for (;;) {
    try {
      return await statement()
    } catch (error) {
      const away = error instanceof SegueError && error.code === 'STORE_UNAVAILABLE'
      if (!away || performance.now() > until) throw error
      await sleep(pauseMs)
    }
  }
}
