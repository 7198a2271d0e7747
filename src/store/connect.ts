/**
 * Connections to the store's PostgreSQL. bigint and numeric come as strings (they do not fit a JavaScript number), timestamptz as Date,
 * jsonb parsed. Every table lives in the schema `segue`, in an own cluster and in yours alike: beside other things in a database they stay apart.
 */
import type { PostgresPool } from 'kysely'
import pg from 'pg'
import { setTimeout as delay } from 'node:timers/promises'
import { SegueError } from '../contract/errors.ts'
import { isConnectionTrouble, storeUnavailable } from './connection-trouble.ts'
import { leaseConnection } from './leased-connection.ts'

/** A database URL, or the parts of an address. */
export type StoreAddress =
  | { readonly connectionString: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string }

export const storeSchema = 'segue'

/** How long getting a connection is tried before the store counts as unavailable, in milliseconds: longer than a restart takes. */
const patience = 20_000
/** A person who waits should know why. */
const silence = 2_000

const int8 = 20
const numeric = 1700
const asText = (value: string): string => value
/** Own parsers, so that nobody's `pg.types.setTypeParser` changes what the store reads. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === int8 || oid === numeric ? asText : pg.types.getTypeParser(oid, format)),
}

export const clientOptions = (address: StoreAddress) =>
  ({ ...address, types, application_name: 'segue', keepAlive: true, connectionTimeoutMillis: 5_000 }) satisfies pg.ClientConfig

/** Host and database of an address, for messages. Throws STORE_UNAVAILABLE where the URL is none. */
export function placeOf(address: StoreAddress): string {
  if ('host' in address) return address.host
  const url = URL.canParse(address.connectionString) ? new URL(address.connectionString) : null
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new SegueError('STORE_UNAVAILABLE', 'SEGUE_DATABASE_URL is not an address like postgres://user@host/database.')
  }
  return `${url.searchParams.get('host') ?? url.host}${url.pathname}`
}

/**
 * A process that stands still in the middle of a transaction (a suspended machine) would keep its locks, and with them the queue or a run, until
 * it wakes up: PostgreSQL ends its session instead.
 */
const idleInTransaction = '4s'

/** What makes a fresh connection one of the store's. */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query(
    `SET search_path TO ${storeSchema}; SET TIME ZONE 'UTC'; SET idle_in_transaction_session_timeout = '${idleInTransaction}'`,
  )
}

/**
 * A pool that outlives a restart of PostgreSQL: getting a connection, and the first statement on it where that only reads or begins a
 * transaction, are tried again for 20 s. A connection that breaks later fails its statement with STORE_UNAVAILABLE, because nobody can
 * know whether it took effect. What PostgreSQL itself reports about a statement passes as the driver's DatabaseError.
 */
export function storePool(address: StoreAddress, onWarning: (text: string) => void): PostgresPool {
  const place = placeOf(address)
  const pool = new pg.Pool({
    ...clientOptions(address),
    max: 8,
    allowExitOnIdle: true,
    onConnect: prepareSession as (client: pg.ClientBase) => void,
  })
  // A connection that breaks while nobody uses it is the pool's business; without listeners it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  let ended: Promise<void> | null = null
  return {
    options: pool.options,
    Client: pg.Client as unknown as NonNullable<PostgresPool['Client']>,
    connect: () => leaseConnection(pool, place, (attempt) => patiently(attempt, place, onWarning)),
    end: () => (ended ??= pool.end()),
  }
}

/** Repeats an attempt to connect while the trouble is of the kind that passes. Throws STORE_UNAVAILABLE. */
export async function patiently<T>(attempt: () => Promise<T>, place: string, onWarning: (text: string) => void): Promise<T> {
  const start = performance.now()
  let warned = false
  for (let wait = 10; ; wait = Math.min(wait * 1.5, 500)) {
    try {
      return await attempt()
    } catch (error) {
      const spent = performance.now() - start
      if (!isConnectionTrouble(error) || spent > patience) throw storeUnavailable(place, error)
      if (spent > silence && !warned) onWarning(`${storeUnavailable(place, error).detail} Trying for ${patience / 1000} s.`)
      warned ||= spent > silence
      await delay(wait)
    }
  }
}
