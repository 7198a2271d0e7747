import pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { eventually } from '../../test/helpers/eventually.ts'
import { run } from '../../test/helpers/global-setup.ts'
import { testDatabase } from '../../test/helpers/store.ts'
import type { Store } from './open-store.ts'
import { openStore } from './open-store.ts'

let url: string
let mine: Store
let theirs: Store

const open = () => openStore({ dataDir: '/nonexistent', databaseUrl: url, onWarning: () => {} })

beforeEach(async () => {
  url = await testDatabase()
  mine = await open()
  theirs = await open()
  return async () => {
    await mine.close()
    await theirs.close()
  }
})

const advisoryLocks =
  "FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"

/** Ends every session that holds a lock, as a restart would. */
const cutLockHolders = () => run(url, `SELECT pg_terminate_backend(pid) ${advisoryLocks} AND granted`)

test('a lock has one holder among processes, and is free again when that lets go or closes', async () => {
  expect(await mine.runLocks.hold('run_1')).toBe(true)
  expect(await theirs.runLocks.hold('run_1')).toBe(false)
  expect(await theirs.runLocks.hold('run_2')).toBe(true)
  expect(await theirs.runLocks.isFree('run_1')).toBe(false)
  await mine.runLocks.release('run_1')
  expect(await theirs.runLocks.isFree('run_1')).toBe(true)
  expect(await theirs.runLocks.hold('run_1')).toBe(true)
  await theirs.close()
  theirs = await open()
  await eventually(() => mine.runLocks.isFree('run_1'))
  expect(await mine.runLocks.hold('run_2')).toBe(true)
})

test('a process does not get its own lock twice, and one release frees it', async () => {
  expect(await mine.runLocks.hold('run_1')).toBe(true)
  expect(await mine.runLocks.hold('run_1')).toBe(false)
  expect(await mine.runLocks.isFree('run_1')).toBe(false)
  await mine.runLocks.release('run_1')
  expect(await theirs.runLocks.hold('run_1')).toBe(true)
})

test('of many that want a lock at once exactly one gets it', async () => {
  const answers = await Promise.all([mine, theirs, mine, theirs, mine].map((store) => store.runLocks.hold('run_1')))
  expect(answers.filter(Boolean)).toHaveLength(1)
})

test('locks are taken again after the connection was lost', async () => {
  const lost: string[][] = []
  mine.runLocks.onLost((keys) => lost.push(keys))
  await mine.runLocks.hold('run_1')
  await mine.runLocks.hold('run_2')
  await cutLockHolders()
  // Waits its turn behind the taking again.
  await mine.runLocks.hold('run_3')
  await eventually(async () => !(await theirs.runLocks.isFree('run_1')) && !(await theirs.runLocks.isFree('run_2')))
  expect(await theirs.runLocks.hold('run_1')).toBe(false)
  expect(lost).toEqual([])
})

test('a lock that somebody else took meanwhile is reported as lost, the others are not', async () => {
  const lost: string[][] = []
  mine.runLocks.onLost((keys) => lost.push(keys))
  await mine.runLocks.hold('run_1')
  const rival = new pg.Client({ connectionString: url })
  await rival.connect()
  const { rows } = await rival.query<{ number: string }>(`SELECT (classid::bigint << 32 | objid::bigint)::text AS number ${advisoryLocks}`)
  await mine.runLocks.hold('run_2')
  // It waits in PostgreSQL's own queue, and has the lock the moment it is free.
  const taken = rival.query('SELECT pg_advisory_lock($1::bigint)', [rows[0]?.number])
  await eventually(async () => (await rowsOf(`SELECT ${advisoryLocks} AND NOT granted`)) === 1)
  await cutLockHolders()
  await taken
  await eventually(() => lost.length > 0)
  expect(lost).toEqual([['run_1']])
  expect(await theirs.runLocks.isFree('run_2')).toBe(false)
  await rival.end()
})

async function rowsOf(statement: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rowCount } = await client.query(statement)
  await client.end()
  return rowCount ?? 0
}
