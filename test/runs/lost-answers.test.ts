/** Publishing whose answer nobody heard: what a run says must be what is at the destination. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { partView, runDocument } from '../../src/contract/runs.ts'
import { endLeases } from '../helpers/end-leases.ts'
import { eventually } from '../helpers/eventually.ts'
import { testInstance, type TestInstance } from '../helpers/instance.ts'
import { startSegue } from '../helpers/segue-command.ts'
import { startPlainSftpServer, type PlainSftpServer, type RenameFate } from '../helpers/plain-sftp-server.ts'

const runPage = z.object({ data: z.array(runDocument) })
const partPage = z.object({ data: z.array(partView) })

let instance: TestInstance
let server: PlainSftpServer
/** Of the renames that come, in order; those after them are answered. */
let fates: RenameFate[] = []
let asked = 0
/** What happens at the destination meanwhile. */
let meanwhile = (): void => undefined

beforeAll(async () => {
  server = await startPlainSftpServer({
    rename: () => {
      asked += 1
      meanwhile()
      return fates.shift() ?? 'answered'
    },
  })
  instance = await testInstance()
  await writeFile(join(instance.folder, 'n.csv'), 'n\n1\n2\n3\n')
  await writeFile(join(instance.folder, 'm.csv'), 'm\n4\n5\n')
  const { host, port, folder, user, password } = server
  await instance.apply([
    { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: instance.folder } },
    { kind: 'credential', name: 'login', type: 'sftp', secrets: { user, password } },
    { kind: 'destination', name: 'partner', type: 'sftp', credential: 'login', settings: { host, port, folder, hostKey: 'first-seen' } },
    { kind: 'query', name: 'numbers', database: 'shop', status: 'active', sql: 'SELECT n FROM n' },
    {
      kind: 'destination',
      name: 'held',
      type: 'sftp',
      credential: 'login',
      onUnknown: 'hold',
      settings: { host, port, folder, hostKey: 'first-seen' },
    },
    { kind: 'export', name: 'both', database: 'shop', status: 'active', tables: [{ name: 'n' }, { name: 'm' }] },
    { kind: 'orchestration', name: 'both', export: 'both', destination: 'partner', settings: { fileName: '{{ table }}.csv' } },
    { kind: 'orchestration', name: 'numbers', query: 'numbers', destination: 'partner', settings: { fileName: 'numbers.csv' } },
    { kind: 'orchestration', name: 'careful', query: 'numbers', destination: 'held', settings: { fileName: 'numbers.csv' } },
    {
      kind: 'orchestration',
      name: 'once',
      query: 'numbers',
      destination: 'partner',
      settings: { fileName: 'numbers.csv' },
      retry: { attempts: 1 },
    },
  ])
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  for (const name of readdirSync(server.folder)) rmSync(join(server.folder, name))
  fates = []
  asked = 0
  meanwhile = () => undefined
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

test('a file that was swept away before anybody asked for its name is sent again, and is no duplicate', async () => {
  fates = ['undone, cut']
  meanwhile = () => {
    if (asked > 1) return
    for (const name of readdirSync(server.folder)) if (name.startsWith('.m.csv')) rmSync(join(server.folder, name))
  }
  const run = await instance.run('both')
  expect(run).toMatchObject({ state: 'succeeded', counts: { queried: 5, delivered: 5, skipped: 0, possibleDuplicate: 0 } })
  expect(readFileSync(join(server.folder, 'm.csv'), 'utf8')).toBe('m\n4\n5\n')
})

test('a file of which neither name is there afterwards is sent again, and told as a possible duplicate', async () => {
  fates = ['collected, cut']
  const run = await instance.run('numbers')
  expect(run).toMatchObject({ state: 'succeeded', counts: { queried: 3, delivered: 3, skipped: 0, unknown: 0, possibleDuplicate: 3 } })
})

test('where unknown outcomes are held, a person decides: the rows are unknown until then, and delivered when they say so', async () => {
  fates = ['collected, cut']
  const run = await instance.run('careful')
  expect(run).toMatchObject({
    state: 'needs_review',
    reason: 'OUTCOME_UNKNOWN',
    counts: { queried: 3, delivered: 0, unknown: 3, pending: 0 },
  })
  const { body } = await instance.client.send({ method: 'GET', path: `/runs/${run.id}/parts`, query: { state: 'unknown' } })
  const part = partPage.parse(body).data[0]?.id
  await instance.client.send({ method: 'POST', path: `/runs/${run.id}/resolve`, body: { part, as: 'sent' } })
  expect(await instance.ended(run.id)).toMatchObject({ state: 'succeeded', counts: { queried: 3, delivered: 3, unknown: 0 } })
})

test('a connection that is lost twice delivers every row once', async () => {
  fates = ['undone, cut', 'undone, cut']
  const run = await instance.run('numbers')
  expect(run).toMatchObject({ state: 'succeeded', counts: { queried: 3, delivered: 3, skipped: 0, unknown: 0, possibleDuplicate: 0 } })
  expect(readdirSync(server.folder)).toEqual(['numbers.csv'])
})

test('a run whose attempts are used up leaves no temporary file, and the rows are skipped', async () => {
  fates = ['undone, cut']
  const run = await instance.run('once')
  expect(run).toMatchObject({ state: 'failed', reason: 'DESTINATION_LOST', counts: { queried: 3, delivered: 0, skipped: 3, unknown: 0 } })
  expect(readdirSync(server.folder)).toEqual([])
})

test('a retry of a failed run sends the same bytes, though the source has changed meanwhile', async () => {
  fates = ['undone, cut']
  const failed = await instance.run('once')
  await writeFile(join(instance.folder, 'n.csv'), 'n\n4\n')
  const { body } = await instance.client.send({ method: 'POST', path: `/runs/${failed.id}/retry`, body: {} })
  const retry = await instance.ended(runDocument.parse(body).id)
  await writeFile(join(instance.folder, 'n.csv'), 'n\n1\n2\n3\n')
  expect(retry).toMatchObject({ state: 'succeeded', retryOf: failed.id, counts: { queried: 3, delivered: 3 } })
  expect(readFileSync(join(server.folder, 'numbers.csv'), 'utf8')).toBe('n\n1\n2\n3\n')
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

test.each<[RenameFate, number, number]>([
  ['done, silent', 1, 0],
  ['undone, silent', 2, 0],
  ['collected, silent', 2, 3],
])('kill -9 between a rename (%s) and its answer: the next worker finds out what became of the file', async (fate, renames, doubtful) => {
  fates = [fate]
  const env = { SEGUE_DATABASE_URL: instance.databaseUrl, SEGUE_DATA_DIR: join(instance.folder, 'data') }
  const running = startSegue(['run', 'numbers'], { env })
  await eventually(() => asked === 1, 30_000)
  running.child.kill('SIGKILL')
  await running.result
  const { body } = await instance.client.send({ method: 'GET', path: '/runs', query: { limit: '1' } })
  await endLeases(instance.databaseUrl)
  const run = await instance.ended(runPage.parse(body).data[0]?.id ?? '')
  expect(run).toMatchObject({
    state: 'succeeded',
    counts: { queried: 3, delivered: 3, pending: 0, unknown: 0, possibleDuplicate: doubtful },
  })
  expect(readdirSync(server.folder)).toEqual(['numbers.csv'])
  expect(asked).toBe(renames)
})
