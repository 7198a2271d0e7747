/** The store: Segue's own PostgreSQL, brought by itself or yours. */
import { Kysely, PostgresDialect } from 'kysely'
import type { PostgresPool } from 'kysely'
import { SegueError } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { StoreAddress } from './connect.ts'
import { storePool } from './connect.ts'
import { useEmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts'
import { migrate } from './migrate.ts'
import { listenToQueue, type QueueListener } from './queue-listener.ts'
import type { Tables } from './tables.ts'

export interface Store {
  readonly db: Kysely<Tables>
  /** Made once, with the store. */
  readonly instanceId: string
  /** Hears that a run may be due. A hint: who listens looks by itself too. */
  onQueueNews(listener: () => void): void
  close(): Promise<void>
}

export interface StoreOptions {
  readonly dataDir: string
  /** SEGUE_DATABASE_URL. Absent: PostgreSQL is brought by Segue and keeps its data in `<dataDir>/postgres`. */
  readonly databaseUrl?: string | undefined
  readonly onWarning: (text: string) => void
}

const oldestVersion = 15
const versionStatement = "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text"

/**
 * Connects, brings the tables to this version, and makes the instance's identity where there is none. Until `close`, queries that find
 * PostgreSQL restarting wait up to 20 s. Throws STORE_UNAVAILABLE, STORE_TOO_OLD, SCHEMA_NEWER, SCHEMA_CHANGED; for the embedded one also
 * STORE_BINARIES_MISSING, STORE_USER_UNUSABLE, DATA_DIR_UNUSABLE.
 */
export async function openStore({ dataDir, databaseUrl, onWarning }: StoreOptions): Promise<Store> {
  const embedded = databaseUrl === undefined ? await useEmbeddedPostgres(dataDir, onWarning) : null
  const address: StoreAddress = embedded ? embedded.address : { connectionString: databaseUrl ?? '' }
  try {
    return await openAt(address, onWarning, () => embedded?.close())
  } catch (error) {
    embedded?.close()
    throw error
  }
}

async function openAt(address: StoreAddress, onWarning: (text: string) => void, onClose: () => void): Promise<Store> {
  const pool = storePool(address, onWarning)
  try {
    const instanceId = await prepareStore(pool)
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
    const listeners: QueueListener[] = []
    const close = async (): Promise<void> => {
      await Promise.all([...listeners.map((listener) => listener.close()), db.destroy(), pool.end()])
      onClose()
    }
    return { db, instanceId, onQueueNews: (onNews) => void listeners.push(listenToQueue(address, onNews)), close }
  } catch (error) {
    await pool.end()
    throw error
  }
}

async function prepareStore(pool: PostgresPool): Promise<string> {
  const connection = await pool.connect()
  try {
    const { rows } = await connection.query<{ number: number; text: string }>(versionStatement, [])
    if (rows[0]) checkServerVersion(rows[0].number, rows[0].text)
    await migrate(connection)
    return await instanceId(connection)
  } finally {
    connection.release()
  }
}

/** Throws STORE_TOO_OLD. `number` is server_version_num: 150004 for 15.4. */
export function checkServerVersion(number: number, text: string): void {
  if (number < oldestVersion * 10_000) throw new SegueError('STORE_TOO_OLD', `This is PostgreSQL ${text}.`)
}

async function instanceId(connection: Awaited<ReturnType<PostgresPool['connect']>>): Promise<string> {
  const read = async (): Promise<string | undefined> => (await connection.query<{ id: string }>('SELECT id FROM instance', [])).rows[0]?.id
  const known = await read()
  if (known !== undefined) return known
  await connection.query('INSERT INTO instance (id) VALUES ($1) ON CONFLICT DO NOTHING', [newId('instance')])
  const made = await read()
  if (made === undefined) throw new SegueError('INTERNAL', 'The store did not keep the identity of the instance.')
  return made
}
