import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PartView, RunDocument, RunState } from '../../src/contract/runs.ts'
import { noRows } from '../helpers/run-document.ts'
import { testApi, withConfiguration, type TestAnswer, type TestApi } from './test-api.ts'

let api: TestApi
let run: RunDocument
beforeEach(async () => {
  api = await withConfiguration(await testApi())
  run = (await api.send('POST', '/orchestrations/nightly/runs')).body as unknown as RunDocument
})
afterEach(async () => api.server.close())

const codeOf = ({ status, body }: TestAnswer) => ({ status, code: body['code'] })
const act = (action: string, body?: unknown, headers?: Record<string, string>) =>
  api.send('POST', `/runs/${run.id}/${action}`, body, headers)
const unknownPart = (id: string): PartView => ({
  id,
  dataset: 'customers',
  state: 'unknown',
  name: null,
  from: 0,
  to: 100,
  rows: 100,
  delivered: 0,
  rejected: 0,
  attempts: 1,
  possibleDuplicate: false,
  reason: 'ANSWER_TIMEOUT',
})

describe.each([
  ['retry', 'failed'],
  ['restart', 'blocked'],
] as const)('%s', (action, state) => {
  it('starts a run and says where it is', async () => {
    api.engine.change(run.id, { state })
    const { status, headers, body } = await act(action)
    expect({ status, location: headers['location'] }).toEqual({ status: 202, location: `/api/v1/runs/${String(body['id'])}` })
    expect(body).toMatchObject({ state: 'queued', retryOf: action === 'retry' ? run.id : null })
    expect(body['id']).not.toBe(run.id)
  })

  it('is done once for one Idempotency-Key', async () => {
    api.engine.change(run.id, { state })
    const first = await act(action, undefined, { 'idempotency-key': 'k' })
    const again = await act(action, {}, { 'idempotency-key': 'k' })
    expect(again).toMatchObject({ status: 202, body: { id: first.body['id'] } })
    expect((await api.send('GET', '/runs')).body['data']).toHaveLength(2)
  })

  it('is refused while the run works', async () => {
    api.engine.change(run.id, { state: 'running' })
    expect(codeOf(await act(action))).toEqual({ status: 409, code: 'ACTION_REFUSED' })
  })
})

describe('retry', () => {
  it('takes what was left, or the rows that were rejected', async () => {
    api.engine.change(run.id, { state: 'failed' })
    expect(codeOf(await act('retry', { what: 'rejected' }))).toEqual({ status: 409, code: 'ACTION_REFUSED' })
    api.engine.change(run.id, { counts: { ...noRows, rejected: 1 } })
    expect(await act('retry', { what: 'rejected' })).toMatchObject({ status: 202 })
    expect(codeOf(await act('retry', { what: 'all' }))).toEqual({ status: 422, code: 'INVALID' })
    expect(codeOf(await act('retry', { waht: 'left' }))).toEqual({ status: 422, code: 'UNKNOWN_FIELD' })
  })

  it('takes a default that is written out for the same request, and another one for a mistake', async () => {
    api.engine.change(run.id, { state: 'failed', counts: { ...noRows, rejected: 1 } })
    const key = { 'idempotency-key': 'k' }
    const first = await act('retry', undefined, key)
    expect(await act('retry', { what: 'left' }, key)).toMatchObject({ status: 202, body: { id: first.body['id'] } })
    expect(codeOf(await act('retry', { what: 'rejected' }, key))).toEqual({ status: 422, code: 'IDEMPOTENCY_MISMATCH' })
  })
})

describe('a run that waits for a person', () => {
  it.each([
    ['resume', 'blocked', 'running'],
    ['release', 'held', 'running'],
    ['refuse', 'held', 'cancelled'],
  ] as const)('%s: what is %s becomes %s, once', async (action, before, after) => {
    api.engine.change(run.id, { state: before satisfies RunState })
    expect(await act(action)).toMatchObject({ status: 202, body: { id: run.id, state: after } })
    expect(codeOf(await act(action))).toEqual({ status: 409, code: 'ACTION_REFUSED' })
  })

  it('goes on when its last unknown part is resolved', async () => {
    api.engine.change(run.id, { state: 'needs_review' })
    api.engine.runParts.set(run.id, [unknownPart('part_1'), unknownPart('part_2')])
    expect(await act('resolve', { part: 'part_1', as: 'sent' })).toMatchObject({ status: 202, body: { state: 'needs_review' } })
    expect(codeOf(await act('resolve', { part: 'part_1', as: 'sent' }))).toEqual({ status: 404, code: 'PART_NOT_FOUND' })
    expect(await act('resolve', { part: 'part_2', as: 'resend' })).toMatchObject({ status: 202, body: { state: 'running' } })
    expect((await api.send('GET', `/runs/${run.id}/parts`)).body['data']).toMatchObject([{ state: 'sent' }, { state: 'pending' }])
  })

  it.each([
    ['nothing', undefined, 'INVALID'],
    ['no part', { as: 'sent' }, 'INVALID'],
    ['another word', { part: 'p', as: 'lost' }, 'INVALID'],
    ['one field too many', { part: 'p', as: 'sent', sure: true }, 'UNKNOWN_FIELD'],
  ])('is not resolved by %s', async (_what, body, code) => {
    api.engine.change(run.id, { state: 'needs_review' })
    expect(codeOf(await act('resolve', body))).toEqual({ status: 422, code })
  })
})

describe('starting a run', () => {
  it('waits behind the active one where it is asked to, and no second one does', async () => {
    const start = (body?: unknown, headers?: Record<string, string>) => api.send('POST', '/orchestrations/nightly/runs', body, headers)
    expect(codeOf(await start())).toEqual({ status: 409, code: 'RUN_ACTIVE' })
    expect(codeOf(await start({ queue: false }))).toEqual({ status: 409, code: 'RUN_ACTIVE' })
    const waiting = await start({ queue: true }, { 'idempotency-key': 'k' })
    expect(waiting).toMatchObject({ status: 202, body: { state: 'queued' } })
    expect(codeOf(await start({ queue: true }))).toEqual({ status: 409, code: 'RUN_WAITING' })
    expect((await start({ queue: true }, { 'idempotency-key': 'k' })).body['id']).toBe(waiting.body['id'])
    expect(codeOf(await start({ queue: false }, { 'idempotency-key': 'k' }))).toEqual({ status: 422, code: 'IDEMPOTENCY_MISMATCH' })
  })
})

describe('parts', () => {
  it('are listed in order, by state, over several pages', async () => {
    const parts = [unknownPart('part_1'), { ...unknownPart('part_2'), state: 'sent' as const }, unknownPart('part_3')]
    api.engine.runParts.set(run.id, parts)
    const first = await api.send('GET', `/runs/${run.id}/parts?limit=2`)
    expect(first.body).toEqual({ data: parts.slice(0, 2), nextCursor: 'part_2', hasMore: true })
    expect((await api.send('GET', `/runs/${run.id}/parts?limit=2&cursor=part_2`)).body).toEqual({
      data: parts.slice(2),
      nextCursor: null,
      hasMore: false,
    })
    expect((await api.send('GET', `/runs/${run.id}/parts?state=sent`)).body['data']).toEqual([parts[1]])
  })

  it.each(['state=lost', 'limit=0', 'limit=201', 'cursor=%00', 'cursor=nonsense', 'page=2'])('are refused with %s', async (query) => {
    expect((await api.send('GET', `/runs/${run.id}/parts?${query}`)).status).toBe(422)
  })
})
