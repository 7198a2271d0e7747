/** The destination against a real server that misbehaves on command. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BatchAnswer, RecordBatch, RecordDestination } from '../../contract/destination.ts'
import type { SettingValues } from '../../contract/settings.ts'
import { destinationContext } from '../../../test/helpers/destination-context.ts'
import { startMisbehavingServer, type MisbehavingServer } from '../../../test/helpers/misbehaving-server.ts'
import { http } from './definition.ts'

let server: MisbehavingServer
beforeEach(async () => {
  server = await startMisbehavingServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

const context = (settings: SettingValues = {}, secrets: Readonly<Record<string, string>> = {}) =>
  destinationContext({ settings: { url: server.url, ...settings }, secrets })
const open = (settings: SettingValues = {}, secrets: Readonly<Record<string, string>> = {}): Promise<RecordDestination> =>
  http.open(context(settings, secrets))

const batch = (rows: readonly unknown[]): RecordBatch => ({
  id: 'part_1',
  attempt: 1,
  rows: rows.length,
  lines: Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
  now: '2026-11-23T08:30:00.000Z',
  run: 'run_1',
  dataset: 'customers',
})
const people = [
  { id: 1, name: 'Ann' },
  { id: 2, name: 'Bo\nb, "quoted"' },
  { id: 3, name: 'Łucja' },
]
const never = new AbortController().signal

async function send(settings: SettingValues, rows: readonly unknown[] = people): Promise<BatchAnswer> {
  return (await open(settings)).send(batch(rows), never)
}

const byStatus = {
  results: '/results',
  index: '/index',
  acceptedWhen: { pointer: '/status', equals: 200 },
  code: '/code',
  reason: '/message',
}

describe('what is sent', () => {
  test('rows as a JSON array, with the headers that belong to it', async () => {
    expect(await send({})).toMatchObject({ kind: 'verdicts', rows: 3, exceptions: [] })
    expect(server.requests).toMatchObject([
      { method: 'POST', url: '/rows', rows: people, headers: { 'content-type': 'application/json', accept: 'application/json' } },
    ])
  })

  test('rows as NDJSON, each line ended', async () => {
    await send({ format: 'ndjson', method: 'PUT' })
    expect(server.requests[0]?.body).toBe(`${people.map((row) => JSON.stringify(row)).join('\n')}\n`)
    expect(server.requests[0]).toMatchObject({ method: 'PUT', rows: people, headers: { 'content-type': 'application/x-ndjson' } })
  })

  test('a body around the rows, with facts of the run', async () => {
    await send({ body: '{"batch": {{ batch }}, "of": [{{run}}, {{ dataset }}, {{ now }}], "records": {{ rows }}}' })
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      batch: 'part_1',
      of: ['run_1', 'customers', '2026-11-23T08:30:00.000Z'],
      records: people,
    })
  })

  test('one row as the object itself', async () => {
    await send({ body: '{{ row }}' }, people.slice(0, 1))
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual(people[0])
    expect(http.limits({ url: server.url, body: '{{ row }}' }).batchRows).toBe(1)
  })

  test('the idempotency key is that of the batch, on every attempt', async () => {
    const destination = await open({ idempotencyHeader: 'Idempotency-Key' })
    await destination.send(batch(people), never)
    await destination.send({ ...batch(people), attempt: 2 }, never)
    expect(server.requests.map(({ key }) => key)).toEqual(['part_1', 'part_1'])
    expect(http.limits({ url: server.url, idempotencyHeader: 'Idempotency-Key' }).idempotent).toBe(true)
    expect(http.limits({ url: server.url }).idempotent).toBe(false)
  })

  test('several batches go at once over kept connections', async () => {
    const destination = await open()
    for (let round = 0; round < 3; round++) await Promise.all([1, 2].map(() => destination.send(batch(people), never)))
    expect(server.effectCount).toBe(18)
    expect(server.connections).toBe(2)
  })

  test.each([
    ['bearer', { token: 'tok-123456' }, { authorization: 'Bearer tok-123456' }],
    ['basic', { user: 'ann', password: 'pä:ss' }, { authorization: `Basic ${Buffer.from('ann:pä:ss').toString('base64')}` }],
    ['header', { key: 'k-123456' }, { 'x-api-key': 'k-123456' }],
  ])('the sign-in %s', async (auth, secrets, headers) => {
    await (await open({ auth }, secrets)).send(batch(people), never)
    expect(server.requests[0]?.headers).toMatchObject(headers)
  })

  test('secrets in headers of any name', async () => {
    const settings = { headers: { 'X-Account': 'id={{ secret.user }}; key={{secret.key}}', 'Content-Type': 'application/vnd.x+json' } }
    await (await open(settings, { user: 'u-1', key: 'k-1' })).send(batch(people), never)
    expect(server.requests[0]?.headers).toMatchObject({ 'x-account': 'id=u-1; key=k-1', 'content-type': 'application/vnd.x+json' })
  })

  test.each([
    [{ auth: 'bearer' }, {}, 'The credential has no token, which the header authorization needs.'],
    [{ auth: 'basic' }, { user: 'ann' }, 'The credential has no password, which `auth: basic` needs.'],
    [{ auth: 'bearer' }, { token: 'abc\r\nx-evil: 1' }, /holds a line break/],
  ])('a credential that does not serve the headers is named without its values: %j %j', async (settings, secrets, detail) => {
    const error: unknown = await open(settings, secrets).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'AUTH_FAILED', detail: expect.stringMatching(detail) })
    expect(String(error)).not.toContain('evil')
  })
})

describe('what an answer means', () => {
  const rows = [{ id: 0 }, { id: 1, bad: true }, { id: 2 }, { id: 3, bad: true }]

  test('verdicts per row in any order are those of their rows', async () => {
    server.queue({ do: 'verdicts', shuffled: true })
    expect(await send({ verdicts: byStatus, acceptedCount: '/accepted' }, rows)).toMatchObject({
      kind: 'verdicts',
      rows: 4,
      exceptions: [
        { row: 1, verdict: 'rejected', code: 'INVALID_ROW', reason: 'row 1 is bad' },
        { row: 3, verdict: 'rejected', code: 'INVALID_ROW', reason: 'row 3 is bad' },
      ],
    })
    expect(server.effects).toEqual([{ id: 0 }, { id: 2 }])
  })

  test('a list of errors alone leaves the other rows accepted', async () => {
    server.queue({ do: 'errors' })
    const verdicts = {
      results: '/errors',
      lists: 'errors',
      index: '/index',
      code: '/code',
      reason: '/message',
      retryCodes: ['INVALID_ROW'],
    }
    expect(await send({ verdicts }, rows)).toMatchObject({ kind: 'verdicts', exceptions: [{ row: 1, verdict: 'retry' }, { row: 3 }] })
  })

  test.each([
    ['a 207 without rules for its rows', { do: 'verdicts' }, {}, /207.*`verdicts`/],
    ['results for fewer rows', { do: 'verdicts', missing: 1 }, { verdicts: byStatus }, /3 results for 4 rows/],
    ['an index off by one', { do: 'verdicts', offBy: 1 }, { verdicts: byStatus }, /none of the 4 rows/],
    [
      'COMPLETE with no results',
      { do: 'answer', status: 200, body: { status: 'COMPLETE', results: [] } },
      { verdicts: byStatus, successWhen: { pointer: '/status', equals: 'COMPLETE' } },
      /0 results for 4 rows/,
    ],
    ['an HTML page', { do: 'html' }, {}, /HTML page/],
    [
      'HTML that says to be JSON',
      { do: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body: ' \n<!-- x --><HTML>' },
      {},
      /HTML page/,
    ],
    ['half a JSON document', { do: 'half-json' }, {}, /not whole or no JSON/],
    ['nothing where something is needed', { do: 'empty' }, { successWhen: { pointer: '/ok', equals: true } }, /empty/],
    [
      'an answer in which the rule does not hold',
      { do: 'accept' },
      { successWhen: { pointer: '/ok', equals: true } },
      /at \/ok it has nothing/,
    ],
    [
      'another number of accepted rows',
      { do: 'answer', status: 200, body: { n: 3 } },
      { acceptedCount: '/n' },
      /count 4 accepted rows at \/n, and has 3/,
    ],
  ] as const)('%s is no success, and the rows may have arrived', async (_, behaviour, settings, reason) => {
    server.queue(behaviour)
    expect(await send(settings, rows)).toMatchObject({
      kind: 'failed',
      failure: 'config',
      code: 'ANSWER_INVALID',
      mayHaveArrived: true,
      reason: expect.stringMatching(reason),
    })
  })

  test('an empty answer is a success where no rule needs more', async () => {
    server.queue({ do: 'empty' }, { do: 'answer', status: 204 })
    expect(await send({})).toMatchObject({ kind: 'verdicts', rows: 3 })
    expect(await send({})).toMatchObject({ kind: 'verdicts', rows: 3 })
  })

  test('a batch with a bad row is refused as a whole, with what the service said', async () => {
    server.queue({ do: 'refuse-bad' })
    expect(await send({}, rows)).toMatchObject({
      kind: 'refused',
      code: 'BATCH_REFUSED',
      reason: 'It answered 422: {"message":"row 1 is bad"}',
      exchange: { answer: expect.stringContaining('HTTP 422\n') },
    })
  })

  test('a limit is obeyed by the clock that was given', async () => {
    server.queue({ do: 'limit', retryAfter: '7' }, { do: 'limit', retryAfter: 'Mon, 23 Nov 2026 08:31:00 GMT' }, { do: 'limit' })
    const failed = { kind: 'failed', failure: 'rate_limit', mayHaveArrived: false, code: 'RATE_LIMITED' }
    expect(await send({})).toMatchObject({ ...failed, retryAfterMs: 7000 })
    expect(await send({})).toMatchObject({ ...failed, retryAfterMs: 60_000 })
    expect(await send({})).toMatchObject({ ...failed, retryAfterMs: null })
  })
})

describe('a connection that fails', () => {
  test.each([
    ['a cut when all was sent', { do: 'cut' }, {}, 'DESTINATION_LOST'],
    ['a cut while it was sent', { do: 'cut', when: 'at-head' }, {}, 'DESTINATION_LOST'],
    ['a cut within the answer', { do: 'cut', when: 'within-answer' }, {}, 'DESTINATION_LOST'],
    ['silence', { do: 'hang' }, { answerSeconds: 0.05 }, 'ANSWER_TIMEOUT'],
    ['a stall within the answer', { do: 'stall' }, { bodySeconds: 0.05 }, 'ANSWER_TIMEOUT'],
    ['an answer later than all may take', { do: 'hang' }, { totalSeconds: 0.05 }, 'ANSWER_TIMEOUT'],
    ['an answer without end', { do: 'huge', bytes: 5000 }, { answerBytes: 1000 }, 'ANSWER_TOO_LARGE'],
  ] as const)('%s is thrown with its code', async (_, behaviour, settings, code) => {
    server.queue(behaviour)
    await expect(send(settings)).rejects.toMatchObject({ code })
  })

  test('nothing listens', async () => {
    await expect(send({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
  })

  test('a cancelled request ends with the reason', async () => {
    const controller = new AbortController()
    const reason = new Error('cancelled')
    await using slow = await startMisbehavingServer({ otherwise: { do: 'hang' }, onRequest: () => controller.abort(reason) })
    const destination = await open({ url: slow.url })
    await expect(destination.send(batch(people), controller.signal)).rejects.toBe(reason)
    await expect(destination.send(batch(people), controller.signal)).rejects.toBe(reason)
    expect(slow.requests).toHaveLength(1)
  })
})

describe('what people see', () => {
  // Of other systems: peer defect 25.
  test('no secret is in it, whatever the service repeats', async () => {
    const secrets = { user: 'ann-of-accounting', password: 'p"ss w/rd+1' }
    const basic = Buffer.from(`${secrets.user}:${secrets.password}`).toString('base64')
    const echo = { you: secrets, sent: `Basic ${basic}`, in: `?p=${encodeURIComponent(secrets.password)}` }
    server.queue(
      { do: 'answer', status: 422, body: echo, headers: { 'x-request-id': basic } },
      { do: 'answer', status: 302, headers: { location: `/?user=${secrets.user}` } },
      { do: 'answer', status: 207, body: { results: [{ index: 0, code: basic, message: secrets.password }] } },
    )
    const destination = await open({ auth: 'basic', verdicts: byStatus }, secrets)
    const rows = [{ note: secrets.password }]
    const answers = [1, 2, 3].map(() => destination.send(batch(rows), never))
    const seen = JSON.stringify(await Promise.all(answers))
    for (const secret of [secrets.user, 'p\\\\\\"ss', 'p\\"ss', 'w/rd', 'w%2Frd', basic.slice(0, 12)]) expect(seen).not.toContain(secret)
    expect(seen).toContain('authorization: Basic [secret]')
  })

  test('the request and its answer, shortened', async () => {
    const rows = [{ text: 'ü'.repeat(5000) }]
    server.queue({ do: 'answer', status: 400, body: 'no', headers: { 'x-request-id': 'r-1', 'x-other': 'x' } })
    const { exchange } = await (await open({ headers: { 'X-Source': 'segue' } })).send(batch(rows), never)
    expect(exchange.request).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/rows\n/)
    expect(exchange.request).toContain('\nx-source: segue\n')
    expect(exchange.request).toMatch(/\n\n\[\{"text":"ü{2043}$/)
    expect(exchange.answer).toMatch(/^HTTP 400\nx-request-id: r-1\n.*\n\nno$/s)
    expect(exchange.answer).not.toContain('x-other')
  })
})

describe('the connection test', () => {
  test('says what answered, and sends no row', async () => {
    server.queue({ do: 'answer', status: 405 })
    const { summary } = await http.check(context())
    expect(summary).toBe(`127.0.0.1:${server.port} answered 405 to OPTIONS; no rows were sent`)
    expect(server.requests).toMatchObject([{ method: 'OPTIONS', rowCount: 0 }])
  })

  test('a refused sign-in fails it', async () => {
    server.queue({ do: 'answer', status: 401 })
    await expect(http.check(context({ testMethod: 'HEAD' }))).rejects.toMatchObject({ code: 'AUTH_FAILED' })
    expect(server.requests[0]?.method).toBe('HEAD')
  })

  test('what the connection meets is told', async () => {
    await expect(http.check(context({ url: 'http://127.0.0.1:1/' }))).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
  })

  test('a redirect is there, and not followed', async () => {
    server.queue({ do: 'answer', status: 301, headers: { location: 'https://elsewhere.example/' } })
    expect((await http.check(context())).summary).toContain('(a redirect to https://elsewhere.example/, which is not followed)')
  })
})
