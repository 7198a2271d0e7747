/** Publishing whose answer nobody heard: what a run says must be what is at the destination. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { runDocument } from '../../src/contract/runs.ts'
import { eventually } from '../helpers/eventually.ts'
import { testInstance, type TestInstance } from '../helpers/instance.ts'
import { startSegue } from '../helpers/segue-command.ts'
import { startPlainSftpServer, type PlainSftpServer, type RenameFate } from '../helpers/plain-sftp-server.ts'

const runPage = z.object({ data: z.array(runDocument) })

let instance: TestInstance
let server: PlainSftpServer
/** Of the renames that come, in order; those after them are answered. */
let fates: RenameFate[] = []
let asked = 0

beforeAll(async () => {
  server = await startPlainSftpServer({
    rename: () => {
      asked += 1
      return fates.shift() ?? 'answered'
    },
  })
  instance = await testInstance()
  await writeFile(join(instance.folder, 'n.csv'), 'n\n1\n2\n3\n')
  const { host, port, folder, user, password } = server
  await instance.apply([
    { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: instance.folder } },
    { kind: 'credential', name: 'login', type: 'sftp', secrets: { user, password } },
    { kind: 'destination', name: 'partner', type: 'sftp', credential: 'login', settings: { host, port, folder, hostKey: 'first-seen' } },
    { kind: 'query', name: 'numbers', database: 'shop', status: 'active', sql: 'SELECT n FROM n' },
    { kind: 'orchestration', name: 'numbers', query: 'numbers', destination: 'partner', settings: { fileName: 'numbers.csv' } },
  ])
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  for (const name of readdirSync(server.folder)) rmSync(join(server.folder, name))
  fates = []
  asked = 0
})

test.each<[string, RenameFate[], number]>([
  ['a rename that was done before the connection ended is not done again', ['done, cut'], 1],
  ['one that was not done is asked for again', ['undone, cut'], 2],
])('%s: every row is delivered', async (_, given, renames) => {
  fates = given
  const run = await instance.run('numbers')
  expect(run).toMatchObject({ state: 'succeeded', counts: { queried: 3, delivered: 3, skipped: 0, unknown: 0 } })
  expect(readdirSync(server.folder)).toEqual(['numbers.csv'])
  expect(asked).toBe(renames)
})

test('a file of which neither name is there afterwards is unknown, never delivered and never skipped', async () => {
  fates = ['collected, cut']
  const run = await instance.run('numbers')
  expect(run).toMatchObject({ state: 'failed', counts: { queried: 3, delivered: 0, skipped: 0, unknown: 3 } })
})

test('a connection that is lost twice leaves no temporary file, and the rows are skipped', async () => {
  fates = ['undone, cut', 'undone, cut']
  const run = await instance.run('numbers')
  expect(run).toMatchObject({ state: 'failed', reason: 'DESTINATION_LOST', counts: { queried: 3, delivered: 0, skipped: 3, unknown: 0 } })
  expect(readdirSync(server.folder)).toEqual([])
})

test('a run that is cancelled while a rename is under way counts the rows of the file that is visible as delivered', async () => {
  fates = ['done, silent']
  const { id } = await instance.start('numbers')
  await eventually(() => asked === 1)
  await instance.client.send({ method: 'POST', path: `/runs/${id}/cancel` })
  const run = await instance.ended(id)
  expect(existsSync(join(server.folder, 'numbers.csv'))).toBe(true)
  expect(run).toMatchObject({ state: 'cancelled', counts: { queried: 3, delivered: 3, skipped: 0, unknown: 0 } })
  expect(run.files).toMatchObject([{ name: 'numbers.csv', rows: 3 }])
})

test.each<[RenameFate, object, string[]]>([
  ['done, silent', { delivered: 3, skipped: 0, unknown: 0 }, ['numbers.csv']],
  ['undone, silent', { delivered: 0, skipped: 3, unknown: 0 }, []],
  ['collected, silent', { delivered: 0, skipped: 0, unknown: 3 }, []],
])('kill -9 between a rename (%s) and its answer: the next look finds out what became of the file', async (fate, counts, files) => {
  fates = [fate]
  const env = { SEGUE_DATABASE_URL: instance.databaseUrl, SEGUE_DATA_DIR: join(instance.folder, 'data') }
  const running = startSegue(['run', 'numbers'], { env })
  await eventually(() => asked === 1, 30_000)
  running.child.kill('SIGKILL')
  await running.result
  const { body } = await instance.client.send({ method: 'GET', path: '/runs', query: { limit: '1' } })
  const [run] = runPage.parse(body).data
  expect(run).toMatchObject({ state: 'failed', reason: 'PROCESS_DIED', counts: { queried: 3, pending: 0, ...counts } })
  expect(readdirSync(server.folder)).toEqual(files)
})
