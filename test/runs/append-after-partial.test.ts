/** `append` after a run that delivered a part of its rows: a person decides first, as the rest would be missing for good (delivery.md, States). */
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RunDocument } from '../../src/contract/runs.ts'
import { duckdbFile } from '../helpers/databases.ts'
import { testInstance, type TestInstance } from '../helpers/instance.ts'
import { startMisbehavingServer, type MisbehavingServer } from '../helpers/misbehaving-server.ts'

let instance: TestInstance
let server: MisbehavingServer
let isDead = false
let made = 0
let name = ''
let partial: RunDocument

beforeAll(async () => {
  server = await startMisbehavingServer({ otherwise: () => (isDead ? { do: 'answer', status: 503 } : { do: 'accept' }) })
  instance = await testInstance({ SEGUE_ALLOW_HOSTS: '127.0.0.1' }, { backoffMs: 10, pollMs: 100 })
  await duckdbFile(join(instance.folder, 'shop.duckdb'), ['CREATE TABLE event AS SELECT i AS id FROM range(100) AS r(i)'])
  await instance.apply([
    { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: join(instance.folder, 'shop.duckdb') } },
    { kind: 'query', name: 'events', database: 'shop', status: 'active', sql: 'SELECT * FROM event' },
  ])
})
afterAll(() => server[Symbol.asyncDispose]())

/** A run of an orchestration of its own that delivers 40 of 100 rows. */
beforeEach(async () => {
  made += 1
  name = `events-${made}`
  await instance.apply([
    {
      kind: 'destination',
      name,
      type: 'http',
      settings: { url: server.url, batchRows: 20, parallel: 1, idempotencyHeader: 'Idempotency-Key' },
    },
    { kind: 'orchestration', name, query: 'events', destination: name, delivery: { mode: 'append' }, retry: { attempts: 1, within: '1m' } },
  ])
  isDead = true
  server.queue({ do: 'accept' }, { do: 'accept' })
  partial = await instance.run(name)
  expect(partial).toMatchObject({ state: 'failed', counts: { delivered: 40, skipped: 60 } })
  isDead = false
})

const act = async (run: RunDocument, action: string): Promise<RunDocument> => {
  const { body } = await instance.client.send({
    method: 'POST',
    path: `/runs/${run.id}/${action}`,
    body: action === 'retry' ? {} : undefined,
  })
  return body as RunDocument
}
const held = async (): Promise<RunDocument> => {
  const run = await instance.run(name)
  expect(run).toMatchObject({ state: 'held', reason: 'APPEND_AFTER_PARTIAL', counts: { queried: null, delivered: 0 } })
  return run
}

test('the next run is held, and goes on when somebody lets the rest go', async () => {
  const run = await held()
  await act(run, 'release')
  expect(await instance.ended(run.id)).toMatchObject({ state: 'succeeded', counts: { delivered: 100 } })
  expect(await instance.run(name)).toMatchObject({ state: 'succeeded' })
})

test('a held run that is refused is cancelled, and sends nothing', async () => {
  const before = server.requests.length
  const run = await held()
  await act(run, 'refuse')
  expect(await instance.ended(run.id)).toMatchObject({ state: 'cancelled', reason: 'REFUSED' })
  expect(server.requests.length).toBe(before)
  await held()
})

test('the retry of the earlier run delivers the rest, and lets the held one go behind it', async () => {
  const run = await held()
  const retry = await act(partial, 'retry')
  expect(await instance.ended(retry.id)).toMatchObject({ state: 'succeeded', retryOf: partial.id, counts: { queried: 60, delivered: 60 } })
  expect(await instance.ended(run.id)).toMatchObject({ state: 'succeeded', counts: { delivered: 100 } })
})
