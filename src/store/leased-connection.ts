/** A pooled connection in the hands of one user. */
import type { PostgresPoolClient } from 'kysely'
import type pg from 'pg'
import { isConnectionTrouble, storeUnavailable } from './connection-trouble.ts'

/** Repeats an attempt while the trouble is one of connections, and throws STORE_UNAVAILABLE in the end. */
type Retrying = <T>(attempt: () => Promise<T>) => Promise<T>

/** Statements that may be asked twice: nothing comes of the first asking where its answer is lost. */
const repeatable = /^\s*(select|begin|start transaction)\b/i

/**
 * Until the first answer a connection that breaks is replaced by another: in the pool it may have broken long ago. A first statement that
 * must not be asked twice is therefore sent after the connection has answered an empty one. Later statements belong to a transaction
 * that broke with the connection; they, and what was cut off while it ran, fail with STORE_UNAVAILABLE.
 */
export async function leaseConnection(pool: pg.Pool, place: string, retrying: Retrying): Promise<PostgresPoolClient> {
  let client: pg.PoolClient | null = await retrying(() => pool.connect())
  let hasAnswered = false

  const send = async (sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult> => {
    try {
      client ??= await pool.connect()
      return await client.query(sql, [...parameters])
    } catch (error) {
      if (isConnectionTrouble(error)) {
        client?.release(true)
        client = null
      }
      throw error
    }
  }
  /** The store is there where it refuses a statement: that is the statement's failure, and asked again it would be refused again. */
  const answered = async (attempt: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> => {
    const answer = await retrying(async () => {
      try {
        return { result: await attempt() }
      } catch (refusal) {
        if (client === null) throw refusal
        return { refusal }
      }
    })
    if ('refusal' in answer) throw answer.refusal
    return answer.result
  }
  const query = async (sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult> => {
    const isFirst = !hasAnswered
    hasAnswered = true
    if (isFirst && repeatable.test(sql)) return answered(() => send(sql, parameters))
    if (isFirst) await retrying(() => send('', []))
    if (client === null) throw storeUnavailable(place, new Error('Connection terminated'))
    try {
      return await send(sql, parameters)
    } catch (error) {
      throw isConnectionTrouble(error) ? storeUnavailable(place, error) : error
    }
  }
  const release = (destroy?: boolean): void => {
    client?.release(destroy === true)
    client = null
  }
  // Kysely's type of `query` has a second form, for cursors; it uses that only where the dialect is given a cursor class.
  return { query: query as unknown as PostgresPoolClient['query'], release }
}
