/** Publishing whose answer nobody heard: what a run says must be what is at the destination. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from '../helpers/eventually.ts'
import { testInstance, type TestInstance } from '../helpers/instance.ts'
import { startPlainSftpServer, type PlainSftpServer, type RenameFate } from '../helpers/plain-sftp-server.ts'

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
