import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../../test/helpers/store.ts'
import { storePool } from './connect.ts'
import type { Migration } from './migrate.ts'
import { migrate, pendingMigrations, readMigrations } from './migrate.ts'

const migration = (number: number, sql: string): Migration => ({ number, name: `m${number}`, sha256: `sum of ${sql}`, sql })
const first = migration(1, 'CREATE TABLE one (a int)')
const second = migration(2, 'CREATE TABLE two (a int); INSERT INTO two VALUES (1)')

let url: string
let pools: ReturnType<typeof storePool>[]

beforeEach(async () => {
  url = await testDatabase({ empty: true })
  pools = []
})
afterEach(async () => {
  for (const pool of pools) await pool.end()
})

async function migrateOnce(known: Migration[]): Promise<void> {
  const pool = storePool({ connectionString: url }, () => {})
  pools.push(pool)
  const connection = await pool.connect()
  try {
    await migrate(connection, known)
  } finally {
    connection.release()
  }
}

async function rowsOf<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<T>(sql)
  await client.end()
  return rows
}

test('each migration is applied once and written down, in the schema segue', async () => {
  await migrateOnce([first])
  await migrateOnce([first, second])
  await migrateOnce([first, second])
  expect(await rowsOf('SELECT number, name, sha256 FROM segue.schema_migration ORDER BY number')).toEqual([
    { number: 1, name: 'm1', sha256: first.sha256 },
    { number: 2, name: 'm2', sha256: second.sha256 },
  ])
  expect(await rowsOf('SELECT * FROM segue.two')).toEqual([{ a: 1 }])
})

test('several processes that migrate at once do it once', async () => {
  await Promise.all([1, 2, 3, 4].map(() => migrateOnce([first, second])))
  expect(await rowsOf('SELECT * FROM segue.two')).toEqual([{ a: 1 }])
})

test('a migration that fails leaves nothing of itself, and those before it stay', async () => {
  const broken = migration(2, 'CREATE TABLE two (a int); SELECT 1/0')
  await expect(migrateOnce([first, broken])).rejects.toMatchObject({ code: '22012' })
  expect(await rowsOf("SELECT relname FROM pg_class WHERE relname IN ('one', 'two')")).toEqual([{ relname: 'one' }])
  await migrateOnce([first, second])
  expect(await rowsOf('SELECT * FROM segue.two')).toEqual([{ a: 1 }])
})

test('a store of a newer version is refused, as is one with another migration of that number', async () => {
  await migrateOnce([first, second])
  await expect(migrateOnce([first])).rejects.toMatchObject({
    code: 'SCHEMA_NEWER',
    detail: 'The store has migration 2 (m2); this version ends at 1.',
  })
  await expect(migrateOnce([first, migration(2, 'other')])).rejects.toMatchObject({ code: 'SCHEMA_CHANGED' })
})

test('a role that may not create the schema is told what to do, and one whose schema was made for it needs no more', async () => {
  const role = `${new URL(url).pathname.slice(1)}_role`
  await rowsOf(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`)
  const admin = url
  try {
    const asRole = new URL(url)
    asRole.username = role
    asRole.password = 'p'
    url = asRole.href
    await expect(migrateOnce([first])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    url = admin
    await rowsOf(`CREATE SCHEMA segue AUTHORIZATION ${role}`)
    url = asRole.href
    await migrateOnce([first])
  } finally {
    url = admin
    await rowsOf(`DROP SCHEMA segue CASCADE; DROP ROLE ${role}`)
  }
})

test('what is pending follows from the numbers, in order', () => {
  expect(pendingMigrations([first, second], [])).toEqual([first, second])
  expect(pendingMigrations([first, second], [first])).toEqual([second])
  expect(pendingMigrations([first, second], [first, second])).toEqual([])
})

test('the files are numbered without gaps', () => {
  const numbers = readMigrations().map(({ number }) => number)
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
})
