import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SegueError } from '../contract/errors.ts'
import type { RunNews } from '../engine/service.ts'
import { eventStream } from './event-stream.ts'

const event = (number: number): RunNews => ({
  kind: 'event',
  number,
  at: '2026-11-24T08:00:00.000Z',
  event: 'queued',
  detail: { by: 'a\nb' },
})
const open = new AbortController().signal

async function* news(...items: RunNews[]): AsyncGenerator<RunNews> {
  yield* items
}

async function all(stream: AsyncIterable<string>): Promise<string[]> {
  const texts: string[] = []
  for await (const text of stream) texts.push(text)
  return texts
}

describe('eventStream', () => {
  it('sends something at once, then each event with its number as id, on one line', async () => {
    const sent = await all(eventStream(news(event(7)), 1000, open))
    expect(sent).toEqual([
      'retry: 1000\n\n',
      'id: 7\nevent: event\ndata: {"number":7,"at":"2026-11-24T08:00:00.000Z","event":"queued","detail":{"by":"a\\nb"}}\n\n',
    ])
  })

  it('tells what failed as a problem, and nothing of what is not ours', async () => {
    async function* failing(error: Error): AsyncGenerator<RunNews> {
      yield event(1)
      throw error
    }
    const known = await all(eventStream(failing(new SegueError('STORE_UNAVAILABLE', 'It does not answer.')), 1000, open))
    expect(known.at(-1)).toMatch(/^event: problem\ndata: \{.*"code":"STORE_UNAVAILABLE"/)
    const unknown = await all(eventStream(failing(new Error('password=hunter2')), 1000, open))
    expect(unknown.at(-1)).toContain('"code":"INTERNAL"')
    expect(unknown.join('')).not.toContain('hunter2')
  })

  describe('while there is no news', () => {
    beforeEach(() => vi.useFakeTimers())
    afterEach(() => vi.useRealTimers())

    it('sends a comment each time the interval has passed, and loses no news', async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      async function* late(): AsyncGenerator<RunNews> {
        await promise
        yield event(1)
      }
      const stream = eventStream(late(), 15_000, open)
      await stream.next()
      for (let beat = 0; beat < 2; beat++) {
        const next = stream.next()
        await vi.advanceTimersByTimeAsync(15_000)
        expect((await next).value).toBe(': still here\n\n')
      }
      resolve()
      expect((await stream.next()).value).toContain('id: 1\n')
      expect((await stream.next()).done).toBe(true)
      expect(vi.getTimerCount()).toBe(0)
    })
  })

  it('lets go of the news when nobody reads on', async () => {
    let ended = false
    async function* endless(): AsyncGenerator<RunNews> {
      try {
        for (let number = 1; ; number++) yield event(number)
      } finally {
        ended = true
      }
    }
    for await (const text of eventStream(endless(), 1000, open)) if (text.startsWith('id: 3')) break
    expect(ended).toBe(true)
  })
})
