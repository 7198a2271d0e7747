/** Brings the store's tables to this version: numbered SQL files, each applied once, in one transaction. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { PostgresPoolClient } from 'kysely'
import { SegueError } from '../contract/errors.ts'
import { storeSchema } from './connect.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sha256: string
  readonly sql: string
}

export type AppliedMigration = Pick<Migration, 'number' | 'name' | 'sha256'>

type Connection = Pick<PostgresPoolClient, 'query'>

const folder = fileURLToPath(new URL('migrations', import.meta.url))

/** Any number that nobody else takes: "segue" as text, in the key space of two integers. */
const lockKeys = '1936025461, 0'

/** The files `0001-what-it-does.sql`, in order. Line ends do not count, so that a checkout with other ones has the same checksums. */
export function readMigrations(from: string = folder): Migration[] {
  return readdirSync(from)
    .filter((file) => /^\d{4}-.*\.sql$/.test(file))
    .toSorted()
    .map((file) => {
      const sql = readFileSync(join(from, file), 'utf8').replaceAll('\r\n', '\n')
      return { number: Number(file.slice(0, 4)), name: file.slice(5, -4), sha256: createHash('sha256').update(sql).digest('hex'), sql }
    })
}

/** What is still to be applied. Throws SCHEMA_NEWER for a store with a migration that we do not know, SCHEMA_CHANGED for one that differs from ours. */
export function pendingMigrations(known: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const ours = new Map(known.map((migration) => [migration.number, migration]))
  for (const { number, name, sha256 } of applied) {
    const migration = ours.get(number)
    if (!migration)
      throw new SegueError(
        'SCHEMA_NEWER',
        `The store has migration ${number} (${name}); this version ends at ${known.at(-1)?.number ?? 0}.`,
      )
    if (migration.sha256 !== sha256)
      throw new SegueError('SCHEMA_CHANGED', `Migration ${number} (${name}) is not the one that this store has applied.`)
  }
  const done = new Set(applied.map((migration) => migration.number))
  return known.filter((migration) => !done.has(migration.number))
}

/** Applies what is missing. Several processes may do this at once: one works, the others wait and find nothing left to do. */
export async function migrate(connection: Connection, known: readonly Migration[] = readMigrations()): Promise<void> {
  if (pendingMigrations(known, await readApplied(connection)).length === 0) return
  await connection.query(`SELECT pg_advisory_lock(${lockKeys})`, [])
  try {
    await prepareSchema(connection)
    for (const migration of pendingMigrations(known, await readApplied(connection))) await apply(connection, migration)
  } finally {
    await connection.query(`SELECT pg_advisory_unlock(${lockKeys})`, [])
  }
}

async function readApplied(connection: Connection): Promise<AppliedMigration[]> {
  const found = await connection.query<{ found: boolean }>(`SELECT to_regclass('${storeSchema}.schema_migration') IS NOT NULL AS found`, [])
  if (!found.rows[0]?.found) return []
  return (await connection.query<AppliedMigration>('SELECT number, name, sha256 FROM schema_migration ORDER BY number', [])).rows
}

async function prepareSchema(connection: Connection): Promise<void> {
  // Not CREATE SCHEMA IF NOT EXISTS: that wants the right to create even where the schema has been made for us.
  const found = await connection.query<{ found: boolean }>(`SELECT to_regnamespace('${storeSchema}') IS NOT NULL AS found`, [])
  if (!found.rows[0]?.found) await createSchema(connection)
  await connection.query(
    `CREATE TABLE IF NOT EXISTS schema_migration (
       number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
    [],
  )
}

async function createSchema(connection: Connection): Promise<void> {
  try {
    await connection.query(`CREATE SCHEMA ${storeSchema}`, [])
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === '42501')) throw cause
    throw new SegueError(
      'STORE_UNAVAILABLE',
      `The role may not create the schema ${storeSchema}; its owner can: CREATE SCHEMA ${storeSchema} AUTHORIZATION role.`,
      { cause },
    )
  }
}

async function apply(connection: Connection, { number, name, sha256, sql }: Migration): Promise<void> {
  await connection.query('BEGIN', [])
  try {
    await connection.query(sql, [])
    await connection.query('INSERT INTO schema_migration (number, name, sha256) VALUES ($1, $2, $3)', [number, name, sha256])
    await connection.query('COMMIT', [])
  } catch (error) {
    await connection.query('ROLLBACK', [])
    throw error
  }
}
