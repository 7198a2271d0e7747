/** A session is a process that anybody may lose: the query that eats memory, the one that hangs, the parent that is killed. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClosableReader } from '../../src/reader/reader.ts'
import { duckdbFile, errorOf, openSession, removeFolder, rowsOf, testFolder, testReader } from '../helpers/databases.ts'
import { eventually } from '../helpers/eventually.ts'
import { canListProcesses, childrenOf, isRunning, startProgram } from '../helpers/processes.ts'

const endless = "SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000))"
let folder: string
let database: string
let reader: ClosableReader

beforeAll(async () => {
  folder = await testFolder()
  database = await duckdbFile(join(folder, 'shop.duckdb'), ['CREATE TABLE customer AS SELECT range AS id FROM range(1000)'])
  reader = testReader(folder)
})

afterAll(() => removeFolder(folder))

const scratchFolders = async (): Promise<string[]> => (await readdir(join(folder, 'scratch'))).filter((name) => name.startsWith('session-'))

describe('a query that eats memory ends with QUERY_MEMORY', () => {
  test.each([
    ['as one value', "SELECT repeat(repeat('x', 1000), 2000000) || id FROM customer"],
    ['as one constant value', "SELECT repeat(repeat('x', 1000), 2000000)"],
    ['as many values', "SELECT list(repeat('x', 100000) || range) FROM range(1000000)"],
    ['as a list', 'SELECT list(range) FROM range(1000000000)'],
  ])('%s', async (_, sql) => {
    const session = await openSession(reader, database)
    expect(await errorOf(rowsOf(session, sql))).toMatchObject({ code: 'QUERY_MEMORY' })
    await session.close()
    expect(await scratchFolders()).toEqual([])
  })
})

describe('a query that takes too long ends with QUERY_TIMEOUT', () => {
  test.each([
    ['in one value', endless],
    ['in a recursion', 'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t'],
    ['in a join', 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 1'],
  ])('%s', async (_, sql) => {
    const session = await openSession(reader, database, { deadlineMs: 2000 })
    expect(await errorOf(rowsOf(session, sql))).toMatchObject({ code: 'QUERY_TIMEOUT', detail: 'The query took longer than 2 s.' })
    expect(await errorOf(rowsOf(session, 'SELECT 1'))).toMatchObject({ code: 'QUERY_TIMEOUT' })
    await session.close()
  })
})

test('an aborted session throws the reason of the signal, from the call that waits and from later ones', async () => {
  const controller = new AbortController()
  const session = await openSession(reader, database, { signal: controller.signal })
  const waiting = rowsOf(session, endless)
  const reason = new Error('cancelled')
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await expect(session.tables()).rejects.toBe(reason)
  await session.close()
  expect(await scratchFolders()).toEqual([])
})

test('an aborted signal opens nothing', async () => {
  await expect(openSession(reader, database, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late')
})

test('closing ends a call that waits, and may be done twice', async () => {
  const session = await openSession(reader, database)
  const waiting = errorOf(rowsOf(session, endless))
  await Promise.all([session.close(), session.close()])
  expect(await waiting).toMatchObject({ code: 'READER_DIED', detail: 'The session is closed.' })
  await session.close()
})

test('calls of a session are done one after the other', async () => {
  const session = await openSession(reader, database)
  const results = await Promise.all([
    rowsOf(session, 'SELECT 1'),
    session.count('customer'),
    rowsOf(session, 'SELECT 2'),
    errorOf(rowsOf(session, 'SELECT x')),
  ])
  expect(results).toMatchObject([[['1']], 1000, [['2']], { code: 'SQL_INVALID' }])
  await session.close()
})

test('a query that spills more than it may ends with QUERY_MEMORY', async () => {
  const session = await openSession(testReader(folder, { spillBytes: 10_000_000 }), database)
  expect(await errorOf(rowsOf(session, 'SELECT count(DISTINCT md5(range::VARCHAR)) FROM range(8000000)'))).toMatchObject({
    code: 'QUERY_MEMORY',
  })
  await session.close()
})

test('a query that spills stays within its memory and leaves nothing on the disk', async () => {
  const roomy = testReader(folder, { spillBytes: 4_000_000_000 })
  const session = await openSession(roomy, database)
  const sql = 'SELECT count(DISTINCT m) FROM (SELECT md5(range::VARCHAR) AS m FROM range(4000000) ORDER BY m)'
  expect(await rowsOf(session, sql)).toEqual([['4000000']])
  await session.close()
  expect(await scratchFolders()).toEqual([])
})

test.runIf(canListProcesses)('a child that is killed is told as such', async () => {
  const before = childrenOf(process.pid)
  const session = await openSession(reader, database)
  const waiting = errorOf(rowsOf(session, endless))
  for (const pid of childrenOf(process.pid).filter((one) => !before.includes(one))) process.kill(pid, 'SIGKILL')
  expect(await waiting).toMatchObject({ code: 'READER_DIED', detail: 'The process that read the database ended by signal SIGKILL.' })
  await session.close()
})

test.runIf(canListProcesses)('the children of a parent that is killed end, the one that works and the spare', async () => {
  const parent = await startProgram('hold-session.ts', [database, folder])
  const children = childrenOf(parent.pid!)
  expect(children).toHaveLength(2)
  parent.kill('SIGKILL')
  await eventually(() => !children.some(isRunning))
  const session = await openSession(testReader(folder), database)
  expect((await scratchFolders()).filter((name) => name.includes(`-${parent.pid}-`))).toEqual([])
  await session.close()
})

test('a spare child does not keep a program from ending', () => {
  const { stdout, status, signal } = spawnSync(
    process.execPath,
    [resolve(import.meta.dirname, '../programs/spare-reader.ts'), database, folder],
    { timeout: 20_000, encoding: 'utf8' },
  )
  expect({ stdout, status, signal }).toEqual({ stdout: '[["1"]]\n', status: 0, signal: null })
})

test('a spare child serves the next session, and is replaced', async () => {
  const sparing = testReader(folder, { spare: true })
  for (let round = 0; round < 2; round += 1) {
    const session = await openSession(sparing, database)
    expect(await session.count('customer')).toBe(1000)
    await session.close()
  }
  await sparing.close()
})

test.runIf(canListProcesses)('a child whose main thread hears nothing ends with its parent, too', async () => {
  const parent = spawn(process.execPath, [resolve(import.meta.dirname, '../programs/blocked-orphan.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = await once(parent.stdout, 'data')
  const deaf = Number(String(text))
  expect(isRunning(deaf)).toBe(true)
  parent.kill('SIGKILL')
  await eventually(() => !isRunning(deaf))
})
