import { once } from 'node:events'
import type { NetConnectOpts } from 'node:net'
import { connect, createServer } from 'node:net'
import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { eventually } from '../../test/helpers/eventually.ts'
import { run } from '../../test/helpers/global-setup.ts'
import { testDatabase, testStore } from '../../test/helpers/store.ts'
import type { Store } from './open-store.ts'
import { checkServerVersion, openStore } from './open-store.ts'

const opened: Store[] = []
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})

async function open(databaseUrl: string, onWarning: (text: string) => void = () => {}): Promise<Store> {
  const store = await openStore({ dataDir: '/nonexistent', databaseUrl, onWarning })
  opened.push(store)
  return store
}

test('a store keeps its identity, also when it is opened several times at once at first', async () => {
  const url = await testDatabase({ empty: true })
  const stores = await Promise.all([open(url), open(url), open(url)])
  const ids = new Set([...stores, await open(url)].map((store) => store.instanceId))
  expect(ids.size).toBe(1)
  expect([...ids][0]).toMatch(/^ins_[0-9a-f]{32}$/)
})

test('two stores are two instances', async () => {
  const [one, other] = await Promise.all([testStore(), testStore()])
  expect(one.instanceId).not.toBe(other.instanceId)
})

test('whole numbers of 64 bits and decimals come as text, times as dates', async () => {
  const { db } = await testStore()
  const { rows } =
    await sql`SELECT 9007199254740993::int8 AS int8, 0.10::numeric AS numeric, '2026-01-02 03:04:05+00'::timestamptz AS time, 7 AS int4`.execute(
      db,
    )
  expect(rows).toEqual([{ int8: '9007199254740993', numeric: '0.10', time: new Date('2026-01-02T03:04:05Z'), int4: 7 }])
})

const cutAll = (url: string) =>
  run(url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')

test('connections that broke while they were idle are replaced, for reading, writing and transactions', async () => {
  const url = await testDatabase()
  const { db } = await open(url)
  const insert = (id: string) =>
    db
      .insertInto('data_key')
      .values({ id, wrapped: Buffer.of(1) })
      .execute()
  await cutAll(url)
  expect(await db.selectFrom('instance').select('id').execute()).toHaveLength(1)
  await cutAll(url)
  await insert('one')
  await cutAll(url)
  await db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('data_key')
      .values({ id: 'two', wrapped: Buffer.of(1) })
      .execute()
  })
  expect((await db.selectFrom('data_key').select('id').orderBy('id').execute()).map(({ id }) => id)).toEqual(['one', 'two'])
})

test('a statement that is cut off while it runs is not repeated: it fails, and the next one succeeds', async () => {
  const { db } = await testStore()
  await expect(sql`DO 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END'`.execute(db)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  })
  expect(await db.selectFrom('instance').select('id').execute()).toHaveLength(1)
})

test('a transaction that is cut off fails as a whole', async () => {
  const { db } = await testStore()
  const cut = db.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('data_key')
      .values({ id: 'one', wrapped: Buffer.of(1) })
      .execute()
    await sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(transaction)
  })
  await expect(cut).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(await db.selectFrom('data_key').select('id').execute()).toEqual([])
})

test('a transaction that nobody goes on with is ended by the store: what it locked is free for others, and it fails as a whole', async () => {
  const { db } = await testStore()
  const isFree = async (): Promise<boolean> =>
    (await sql<{ free: boolean }>`SELECT pg_try_advisory_xact_lock(7) AS free`.execute(db)).rows[0]?.free ?? false
  const transaction = db.transaction().execute(async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(7)`.execute(trx)
    await eventually(isFree)
    await sql`SELECT 1`.execute(trx)
  })
  await expect(transaction).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

test('what PostgreSQL reports about a statement passes, for callers that know what it means', async () => {
  const { db } = await testStore()
  const insert = () =>
    db
      .insertInto('data_key')
      .values({ id: 'one', wrapped: Buffer.of(1) })
      .execute()
  await insert()
  await expect(insert()).rejects.toMatchObject({ code: '23505', constraint: 'data_key_pkey' })
})

test('opening waits for a PostgreSQL that is not up yet, and says so', async () => {
  const url = new URL(await testDatabase())
  const target: NetConnectOpts = url.searchParams.has('host')
    ? { path: `${url.searchParams.get('host')}/.s.PGSQL.${url.port}` }
    : { host: url.hostname, port: Number(url.port || 5432) }
  const relay = createServer((client) => {
    const server = connect(target)
    client.on('error', () => server.destroy()).pipe(server)
    server.on('error', () => client.destroy()).pipe(client)
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const address = relay.address()
  const port = typeof address === 'object' && address ? address.port : 0
  relay.close()
  url.searchParams.delete('host')
  url.host = `127.0.0.1:${port}`
  const warnings: string[] = []
  const store = await open(url.href, (text) => {
    warnings.push(text)
    relay.listen(port, '127.0.0.1')
  })
  expect(warnings).toEqual([`PostgreSQL at 127.0.0.1:${port}${url.pathname} does not answer (ECONNREFUSED). Trying for 20 s.`])
  await store.close()
  relay.close()
})

test('an address that can never work fails at once, and its password is not in the message', async () => {
  const url = new URL(await testDatabase())
  url.pathname = '/there_is_no_such_database'
  url.password = 'hunter2'
  await expect(open(url.href)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/has no such database\.$/),
  })
  await expect(open(url.href)).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') })
  await expect(open('mysql://root:hunter2@localhost/x')).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.not.stringContaining('hunter2'),
  })
})

test('PostgreSQL before 15 is refused', () => {
  expect(() => checkServerVersion(140_012, '14.12')).toThrow('STORE_TOO_OLD: This is PostgreSQL 14.12.')
  expect(() => checkServerVersion(150_000, '15.0')).not.toThrow()
})
