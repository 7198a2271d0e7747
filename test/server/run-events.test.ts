import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/contract/runs.ts'
import type { RunNews } from '../../src/engine/service.ts'
import { readEvents, type ServerSentEvent } from '../../src/server-sent-events.ts'
import { listen } from '../../src/server/listen.ts'
import { eventually } from '../helpers/eventually.ts'
import { testApi, withConfiguration, type TestApi } from './test-api.ts'

let api: TestApi
let run: RunDocument
beforeEach(async () => {
  api = await withConfiguration(await testApi())
  run = (await api.send('POST', '/orchestrations/nightly/runs')).body as unknown as RunDocument
})
afterEach(async () => api.server.close())

const event = (number: number): RunNews => ({ kind: 'event', number, at: '2026-11-24T08:00:00.000Z', event: `step-${number}`, detail: {} })
const progress: RunNews = { kind: 'progress', progress: { phase: 'delivering', dataset: 'q', rows: 10, bytes: 20, percent: 50 } }

/** The stream of the run's events, from inside this process. */
async function watch(headers: Record<string, string> = {}, signal?: AbortSignal, query = ''): Promise<AsyncGenerator<ServerSentEvent>> {
  const answer = await api.server.inject({
    method: 'GET',
    url: `/api/v1/runs/${run.id}/events${query}`,
    headers: { host: '127.0.0.1', ...headers },
    payloadAsStream: true,
    ...(signal && { signal }),
  })
  expect(answer.headers['content-type']).toBe('text/event-stream')
  return readEvents(answer.stream())
}

async function namesOf(events: AsyncIterable<ServerSentEvent>): Promise<string[]> {
  const names: string[] = []
  for await (const each of events) names.push(each.id === null ? each.event : `${each.id} ${each.event}`)
  return names
}

describe('watching a run from inside this process', () => {
  it('gives events as they come, and ends after the end', async () => {
    const events = await watch()
    api.engine.tell(run.id, event(1))
    expect((await events.next()).value).toEqual({
      id: '1',
      event: 'event',
      data: JSON.stringify({ number: 1, at: '2026-11-24T08:00:00.000Z', event: 'step-1', detail: {} }),
    })
    api.engine.tell(run.id, progress)
    expect((await events.next()).value).toMatchObject({ id: null, event: 'progress' })
    api.engine.tell(run.id, { kind: 'end', run })
    const end: unknown = (await events.next()).value
    expect(end).toMatchObject({ event: 'end' })
    expect(JSON.parse((end as ServerSentEvent).data)).toEqual(run)
    expect((await events.next()).done).toBe(true)
    expect(api.engine.watchers()).toBe(0)
  })

  it('goes on after the event that was seen last', async () => {
    for (const news of [event(1), event(2), event(3), { kind: 'end', run } satisfies RunNews]) api.engine.tell(run.id, news)
    expect(await namesOf(await watch())).toEqual(['1 event', '2 event', '3 event', 'end'])
    expect(await namesOf(await watch({ 'last-event-id': '2' }))).toEqual(['3 event', 'end'])
    expect(await namesOf(await watch({}, undefined, '?after=1'))).toEqual(['2 event', '3 event', 'end'])
    expect(await namesOf(await watch({ 'last-event-id': '3' }))).toEqual(['end'])
  })

  it('ends the watch when its client has gone', async () => {
    const client = new AbortController()
    const events = await watch({}, client.signal)
    api.engine.tell(run.id, event(1))
    await events.next()
    expect(api.engine.watchers()).toBe(1)
    client.abort()
    await expect(events.next()).rejects.toThrow(/abort/i)
    await eventually(() => api.engine.watchers() === 0)
  })

  it.each(['x', '-1', '1.5'])('refuses the place %j', async (place) => {
    const { status, body } = await api.send('GET', `/runs/${run.id}/events`, undefined, { 'last-event-id': place })
    expect({ status, code: body['code'] }).toEqual({ status: 422, code: 'INVALID' })
  })
})

describe('watching a run over HTTP', () => {
  it('gives events as they come, and ends the watch when the client has gone', async () => {
    const url = await listen(api.server, '127.0.0.1:0')
    const client = new AbortController()
    const answer = await fetch(`${url}/api/v1/runs/${run.id}/events`, { signal: client.signal })
    expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({ status: 200, type: 'text/event-stream' })
    if (!answer.body) throw new Error('no body')
    const events = readEvents(answer.body)
    api.engine.tell(run.id, event(1))
    expect((await events.next()).value).toMatchObject({ id: '1' })
    expect(api.engine.watchers()).toBe(1)
    client.abort()
    await eventually(() => api.engine.watchers() === 0)
    await expect(events.next()).rejects.toThrow(/abort/i)
  })

  it('ends when the server closes, and does not keep it from closing', async () => {
    const url = await listen(api.server, '127.0.0.1:0')
    const answer = await fetch(`${url}/api/v1/runs/${run.id}/events`)
    if (!answer.body) throw new Error('no body')
    const names = namesOf(readEvents(answer.body))
    api.engine.tell(run.id, event(1))
    await eventually(() => api.engine.watchers() === 1)
    await api.server.close()
    expect(await names).toEqual(['1 event'])
    expect(api.engine.watchers()).toBe(0)
  })

  it('a request that works while the server closes gets its answer, and new ones do not get in', async () => {
    const url = await listen(api.server, '127.0.0.1:0')
    const { promise, resolve } = Promise.withResolvers<void>()
    let asked = 0
    api.engine.tables = async () => {
      asked += 1
      await promise
      return []
    }
    const slow = fetch(`${url}/api/v1/databases/memory/tables`)
    await eventually(() => asked === 1)
    const closed = api.server.close()
    await expect(fetch(`${url}/api/v1/health`)).rejects.toThrow('fetch failed')
    resolve()
    expect(await (await slow).json()).toEqual({ data: [] })
    await closed
  })
})
