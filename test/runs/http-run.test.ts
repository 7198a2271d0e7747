/** Runs to a record destination, over real HTTP to a server that misbehaves: every row ends as delivered, rejected or unknown, and once. */
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFinal, rejectedRow, type RunDocument } from '../../src/contract/runs.ts'
import { duckdbFile } from '../helpers/databases.ts'
import { eventually } from '../helpers/eventually.ts'
import { testInstance, type TestInstance } from '../helpers/instance.ts'
import { expectLedger } from '../helpers/ledger.ts'
import { startMisbehavingServer, type MisbehavingOptions, type MisbehavingServer } from '../helpers/misbehaving-server.ts'

let instance: TestInstance
const servers: MisbehavingServer[] = []
let made = 0

beforeAll(async () => {
  instance = await testInstance({ SEGUE_ALLOW_HOSTS: '127.0.0.1' }, { backoffMs: 20, longWaitMs: 500, pollMs: 100 })
  await duckdbFile(join(instance.folder, 'shop.duckdb'), [
    "CREATE TABLE customer AS SELECT i AS id, 'name ' || i AS name, i % 100 = 7 AS bad FROM range(1000) AS r(i)",
    "CREATE TABLE twins AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (2, 'c'), (NULL, 'd'), (3, 'e')) AS t(id, name)",
    "CREATE TABLE wrong AS SELECT * FROM (VALUES ('1', 'short'), ('x', 'short'), ('3', repeat('long', 400))) AS t(amount, note)",
    'CREATE TABLE many AS SELECT i AS id FROM range(300000) AS r(i)',
    'CREATE TABLE empty AS SELECT 1 AS id WHERE false',
  ])
  await instance.apply([
    { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: join(instance.folder, 'shop.duckdb') } },
    ...['customer', 'twins', 'wrong', 'empty', 'many'].map((name) => ({
      kind: 'query',
      name,
      database: 'shop',
      status: 'active',
      sql: `SELECT * FROM ${name}${name === 'customer' ? ' ORDER BY id' : ''}`,
    })),
  ])
})
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]()
})

interface Scene {
  readonly server?: MisbehavingOptions
  readonly query?: string
  readonly settings?: object
  readonly destination?: object
  readonly orchestration?: object
}

/** A server with a destination and an orchestration of its own; the name of the orchestration is that of its run. */
async function scene({ server: options = {}, query = 'customer', settings = {}, destination = {}, orchestration = {} }: Scene) {
  const server = await startMisbehavingServer(options)
  servers.push(server)
  made += 1
  const name = `scene-${made}`
  await instance.apply([
    { kind: 'destination', name, type: 'http', settings: { url: server.url, batchRows: 100, ...settings }, ...destination },
    { kind: 'orchestration', name, query, destination: name, ...orchestration },
  ])
  return { name, server }
}

/** A run, until it has ended or waits for a person; where it has ended its ledger says the same as its counts. */
async function ended(id: string): Promise<RunDocument> {
  const run = await instance.ended(id)
  expect(sound(run)).toBe(true)
  if (isFinal(run.state)) await expectLedger(join(instance.folder, 'data'), run)
  return run
}
const runOf = async (name: string): Promise<RunDocument> => ended((await instance.start(name)).id)

const ids = (rows: readonly unknown[]): number[] => rows.map((row) => (row as { id: number }).id).toSorted((a, b) => a - b)
const every = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const sound = ({ counts: { queried, delivered, rejected, skipped, unknown, pending } }: RunDocument): boolean =>
  queried === delivered + rejected + skipped + unknown + pending

async function rejectsOf(run: RunDocument, query: Record<string, string> = {}) {
  const { body } = await instance.client.send({ method: 'GET', path: `/runs/${run.id}/rejects`, query: { limit: '200', ...query } })
  return (body as { data: unknown[] }).data.map((row) => rejectedRow.parse(row))
}

test('every row arrives once, in order, in batches of the size that was asked for', async () => {
  const { name, server } = await scene({ settings: { parallel: 1 } })
  const run = await runOf(name)
  expect(run).toMatchObject({
    state: 'succeeded',
    counts: { queried: 1000, delivered: 1000, rejected: 0, pending: 0, possibleDuplicate: 0 },
  })
  expect(server.requests.map(({ rowCount }) => rowCount)).toEqual(Array.from({ length: 10 }, () => 100))
  expect(server.effects.map((row) => (row as { id: number }).id)).toEqual(every(1000))
  expect(server.effects[3]).toEqual({ id: 3, name: 'name 3', bad: false })
})

// Of other systems: peer defects 1, 14, 28.
test('rows that the answer rejects are kept with code, reason, values, request and answer; the others are delivered', async () => {
  const { name, server } = await scene({
    server: { otherwise: { do: 'verdicts' } },
    settings: {
      success: ['200-299'],
      verdicts: {
        results: '/results',
        index: '/index',
        acceptedWhen: { pointer: '/status', equals: 200 },
        code: '/code',
        reason: '/message',
      },
    },
  })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'succeeded_with_rejects', counts: { queried: 1000, delivered: 990, rejected: 10 } })
  expect(run.datasets[0]?.rejects).toEqual([{ code: 'INVALID_ROW', column: null, rows: 10 }])
  expect(server.effectCount).toBe(990)
  const rejects = await rejectsOf(run)
  expect(rejects.map(({ row }) => row)).toEqual(every(10).map((n) => n * 100 + 7))
  expect(rejects[0]).toMatchObject({
    code: 'INVALID_ROW',
    reason: 'row 7 is bad',
    attempt: 1,
    values: '{"id":7,"name":"name 7","bad":true}',
  })
  expect(rejects[0]?.request).toContain('POST ')
  expect(rejects[0]?.answer).toContain('HTTP 207')
})

// Of other systems: peer defect 3.
test('a batch that is refused as a whole is halved until the bad rows are alone', async () => {
  const { name, server } = await scene({ server: { otherwise: { do: 'refuse-bad' } } })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'succeeded_with_rejects', counts: { queried: 1000, delivered: 990, rejected: 10 } })
  expect(ids(server.effects)).toEqual(every(1000).filter((id) => id % 100 !== 7))
  expect((await rejectsOf(run)).map(({ row, code }) => [row, code])).toEqual(every(10).map((n) => [n * 100 + 7, 'BATCH_REFUSED']))
  // 2 * ceil(log2(100)) + 1 requests for each of the ten batches.
  expect(server.requests.length).toBeLessThanOrEqual(10 * 15)
})

// Of other systems: peer defects 15, 18.
test('a service that fails for a while gets every row all the same, with the same key', async () => {
  const failing = { do: 'answer', status: 503 } as const
  const { name, server } = await scene({
    server: { queue: [failing, { do: 'limit', retryAfter: '0' }, failing] },
    settings: { idempotencyHeader: 'Idempotency-Key', parallel: 1 },
  })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'succeeded', counts: { delivered: 1000, possibleDuplicate: 0 } })
  expect(ids(server.effects)).toEqual(every(1000))
  expect(new Set(server.requests.map(({ key }) => key)).size).toBe(10)
})

// Of other systems: peer defects 1, 2.
test.each([
  ['a sign-in page', { do: 'html' }],
  ['half a JSON document', { do: 'half-json' }],
  ['an answer without results', { do: 'answer', status: 200, body: {} }],
  ['too few results', { do: 'verdicts', missing: 1 }],
  ['results of other rows', { do: 'verdicts', offBy: 1 }],
] as const)('%s is never a success', async (_, otherwise) => {
  const { name } = await scene({
    server: { otherwise },
    settings: { verdicts: { results: '/results', index: '/index', acceptedWhen: { pointer: '/status', equals: 200 } } },
    orchestration: { retry: { attempts: 2, within: '1m' } },
  })
  const run = await runOf(name)
  expect(run.counts.delivered).toBe(0)
  expect(['failed', 'blocked']).toContain(run.state)
})

test('answers that are lost are sent again and marked where the service does not know repeats', async () => {
  const lost = { do: 'cut', when: 'after-request', takes: true } as const
  const { name, server } = await scene({ server: { queue: [lost] }, settings: { parallel: 1 } })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'succeeded', counts: { delivered: 1000, possibleDuplicate: 100 } })
  expect(server.effectCount).toBe(1100)
})

test("answers that are lost are a person's to decide with onUnknown: hold, and nothing is sent twice", async () => {
  const lost = { do: 'cut', when: 'after-request', takes: true } as const
  const { name, server } = await scene({ server: { queue: [lost] }, settings: { parallel: 1 }, destination: { onUnknown: 'hold' } })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'needs_review', counts: { delivered: 900, unknown: 100, pending: 0 } })
  const parts = await instance.client.send({ method: 'GET', path: `/runs/${run.id}/parts`, query: { state: 'unknown' } })
  const [part] = (parts.body as { data: { id: string }[] }).data
  await instance.client.send({ method: 'POST', path: `/runs/${run.id}/resolve`, body: { part: part?.id, as: 'sent' } })
  expect(await ended(run.id)).toMatchObject({ state: 'succeeded', counts: { delivered: 1000, unknown: 0 } })
  expect(ids(server.effects)).toEqual(every(1000))
})

test('a service that is dead fails the run after its attempts, and a retry delivers what was left', async () => {
  const { name, server } = await scene({
    server: { otherwise: ({ number }) => (number > 3 && number <= 20 ? { do: 'answer', status: 503 } : { do: 'accept' }) },
    settings: { parallel: 1, idempotencyHeader: 'Idempotency-Key' },
    orchestration: { retry: { attempts: 2, within: '1m' } },
  })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'failed', reason: 'BUDGET_SPENT' })
  expect(run.counts.delivered).toBe(300)
  expect(run.counts.skipped).toBe(700)
  server.queue(...Array.from({ length: 20 }, () => ({ do: 'accept' }) as const))
  const { body } = await instance.client.send({ method: 'POST', path: `/runs/${run.id}/retry`, body: {} })
  const retry = await ended((body as RunDocument).id)
  expect(retry).toMatchObject({ state: 'succeeded', retryOf: run.id, counts: { queried: 700, delivered: 700 } })
  expect(ids(server.effects)).toEqual(every(1000))
})

// Of other systems: peer defect 4.
test('rows that were refused are sent again on demand, and only those', async () => {
  let isMended = false
  const { name, server } = await scene({
    server: { otherwise: () => (isMended ? { do: 'accept' } : { do: 'refuse-bad' }) },
  })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'succeeded_with_rejects', counts: { rejected: 10 } })
  isMended = true
  const { body } = await instance.client.send({ method: 'POST', path: `/runs/${run.id}/retry`, body: { what: 'rejected' } })
  const retry = await ended((body as RunDocument).id)
  expect(retry).toMatchObject({ state: 'succeeded', retryOf: run.id, counts: { queried: 10, delivered: 10 } })
  expect(ids(server.effects)).toEqual(every(1000))
})

test('all rows of a doubled key are rejected, and those without one', async () => {
  const { name, server } = await scene({ query: 'twins', orchestration: { delivery: { mode: 'full', key: ['id'] } } })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'succeeded_with_rejects', counts: { queried: 5, delivered: 2, rejected: 3 } })
  expect(run.datasets[0]?.rejects).toEqual([
    { code: 'DUPLICATE_KEY', column: null, rows: 2 },
    { code: 'KEY_MISSING', column: null, rows: 1 },
  ])
  expect(ids(server.effects)).toEqual([1, 3])
  expect((await rejectsOf(run, { code: 'DUPLICATE_KEY' })).map(({ key }) => key)).toEqual(['[2]', '[2]'])
})

test('values that do not fit and rows that are too large are rejected by name', async () => {
  const { name, server } = await scene({ query: 'wrong', settings: { batchBytes: 1000 } })
  await instance.apply([
    {
      kind: 'template',
      name: 'amounts',
      type: 'http',
      mapping: [
        { from: 'amount', cast: 'integer' },
        { from: 'note', to: 'note' },
      ],
    },
    { kind: 'orchestration', name, query: 'wrong', destination: name, template: 'amounts' },
  ])
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'succeeded_with_rejects', counts: { queried: 3, delivered: 1, rejected: 2 } })
  expect(server.effects).toEqual([{ amount: 1, note: 'short' }])
  expect((await rejectsOf(run)).map(({ code, column, reason }) => [code, column, reason])).toEqual([
    ['CAST_FAILED', 'amount', 'The value "x" of column "amount" does not fit its type.'],
    ['ROW_TOO_LARGE', null, 'The row has 1622 bytes; a batch may have 1000.'],
  ])
})

// Of other systems: peer defect 23.
test('a query without rows sends nothing and succeeds', async () => {
  const { name, server } = await scene({ query: 'empty' })
  expect(await runOf(name)).toMatchObject({ state: 'succeeded', counts: { queried: 0, delivered: 0 } })
  expect(server.requests).toEqual([])
})

test('a service that refuses everything is asked a bounded number of times, and the run fails', async () => {
  const { name, server } = await scene({ server: { otherwise: { do: 'answer', status: 400, body: { message: 'no such field' } } } })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'failed', reason: 'REQUEST_REFUSED', counts: { delivered: 0 } })
  expect(run.error).toMatchObject({ detail: expect.stringContaining('no such field') })
  expect(server.requests.length).toBeLessThan(250)
})

// Of other systems: peer defect 18.
test('a long Retry-After gives the place away, and the run goes on when it is over', async () => {
  const { name, server } = await scene({ server: { queue: [{ do: 'limit', retryAfter: '2' }] }, settings: { parallel: 2 } })
  const { id } = await instance.start(name)
  const run = await ended(id)
  expect(run).toMatchObject({ state: 'succeeded', counts: { delivered: 1000 } })
  const first = server.requests.find(({ behaviour }) => behaviour.do === 'limit')
  const later = server.requests.filter(({ number }) => number > (first?.number ?? 0) + 2)
  for (const { at } of later) expect(at - (first?.at ?? 0)).toBeGreaterThanOrEqual(1900)
})

// Of other systems: peer defect 19.
test('a dead destination slows no other one', async () => {
  const dead = await scene({ server: { otherwise: { do: 'hang', takes: false } }, settings: { totalSeconds: 2 } })
  const quick = await scene({})
  const { id } = await instance.start(dead.name)
  await eventually(() => dead.server.requests.length > 0)
  for (let time = 0; time < 2; time += 1) expect(await runOf(quick.name)).toMatchObject({ state: 'succeeded', counts: { delivered: 1000 } })
  const { body } = await instance.client.send({ method: 'GET', path: `/runs/${id}` })
  expect(body).toMatchObject({ endedAt: null, counts: { delivered: 0 } })
  await instance.client.send({ method: 'POST', path: `/runs/${id}/cancel` })
  // What was on its way may have arrived: the run says so.
  expect(await ended(id)).toMatchObject({ state: 'cancelled', counts: { delivered: 0, pending: 0 } })
})

test('frozen rows that vanish in the middle of a delivery block the run by name, with what was delivered', async () => {
  const spool = join(instance.folder, 'data', 'spool')
  const remove = (): void => {
    for (const path of globSync('*/*/0.parquet', { cwd: spool })) rmSync(join(spool, path))
  }
  const { name } = await scene({ query: 'many', settings: { batchRows: 10_000 }, server: { onRequest: remove, keepsRows: false } })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'blocked', reason: 'SPOOL_LOST', counts: { queried: 300_000, unknown: 0 } })
  expect(run.counts.delivered).toBeGreaterThan(0)
})

test('a wrong token blocks the run, and it goes on where it was', async () => {
  const { name, server } = await scene({
    server: { queue: [{ do: 'accept' }, { do: 'answer', status: 401 }] },
    settings: { parallel: 1 },
  })
  const run = await runOf(name)
  expect(run).toMatchObject({ state: 'blocked', reason: 'AUTH_FAILED', counts: { delivered: 100, pending: 900 } })
  expect(await rejectsOf(run)).toEqual([])
  await instance.client.send({ method: 'POST', path: `/runs/${run.id}/resume` })
  expect(await ended(run.id)).toMatchObject({ state: 'succeeded', counts: { delivered: 1000 } })
  expect(ids(server.effects)).toEqual(every(1000))
})

test('rejected rows can be looked at before the run has ended', async () => {
  const { name, server } = await scene({
    server: { otherwise: { do: 'refuse-bad' } },
    settings: { parallel: 1 },
    destination: { onUnknown: 'hold' },
  })
  server.queue({ do: 'refuse-bad' }, { do: 'refuse-bad' })
  const { id } = await instance.start(name)
  await eventually(() => server.requests.length >= 20)
  server.queue({ do: 'cut', when: 'after-request', takes: true })
  const run = await ended(id)
  expect(run).toMatchObject({ state: 'needs_review' })
  const rejects = await rejectsOf(run)
  expect(rejects.length).toBe(run.counts.rejected)
  expect(rejects[0]).toMatchObject({ code: 'BATCH_REFUSED', values: '{"id":7,"name":"name 7","bad":true}' })
})

test('restart of a blocked run cancels it, with a ledger of what it had done, and sends everything anew', async () => {
  const { name, server } = await scene({ server: { queue: [{ do: 'accept' }, { do: 'answer', status: 403 }] }, settings: { parallel: 1 } })
  const blocked = await runOf(name)
  expect(blocked).toMatchObject({ state: 'blocked', counts: { delivered: 100 } })
  const { body } = await instance.client.send({ method: 'POST', path: `/runs/${blocked.id}/restart` })
  expect(await ended((body as RunDocument).id)).toMatchObject({ state: 'succeeded', counts: { queried: 1000, delivered: 1000 } })
  expect(await ended(blocked.id)).toMatchObject({ state: 'cancelled', counts: { delivered: 100, skipped: 900, pending: 0 } })
  expect(server.effectCount).toBe(1100)
})
