/**
 * What all test files share: OpenSSH's server, installed where that may be done, and one PostgreSQL: the embedded one in a temporary folder,
 * or the one that SEGUE_TEST_DATABASE_URL names. Tests get its address, and the name of a database with all tables to copy
 * (test/helpers/store.ts).
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { storePool } from '../../src/store/connect.ts'
import { useEmbeddedPostgres } from '../../src/store/embedded-postgres/embedded-postgres.ts'
import { migrate } from '../../src/store/migrate.ts'
import { installSshd } from './debian-packages.ts'
import { eventually } from './eventually.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of a database of the test server in which databases may be made; its path is the name to replace. */
    databaseUrl: string
    /** Database with all tables and no rows. */
    templateDatabase: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  installSshd()
  const given = process.env['SEGUE_TEST_DATABASE_URL']
  const server = given ? { url: given, stop: async () => {} } : await startEmbedded()
  const template = `segue_test_${randomBytes(6).toString('hex')}`
  await run(server.url, `CREATE DATABASE ${template}`)
  await fill(withDatabase(server.url, template))
  provide('databaseUrl', server.url)
  provide('templateDatabase', template)
  return async () => {
    if (given) await run(server.url, `DROP DATABASE ${template} WITH (FORCE)`)
    await server.stop()
  }
}

async function startEmbedded(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'segue-test-')))
  // Run by root, PostgreSQL is another user, who has to pass.
  chmodSync(dataDir, 0o711)
  const postgres = await useEmbeddedPostgres(dataDir, console.warn)
  const { host, port, user, database } = postgres.address
  const stop = async (): Promise<void> => {
    postgres.close()
    await eventually(() => !existsSync(join(dataDir, 'postgres', 'data', 'postmaster.pid')))
    rmSync(dataDir, { recursive: true, force: true })
  }
  return { url: `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`, stop }
}

async function fill(url: string): Promise<void> {
  const pool = storePool({ connectionString: url }, console.warn)
  const connection = await pool.connect()
  await migrate(connection)
  connection.release()
  await pool.end()
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

/** One statement on a connection of its own. */
export async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
