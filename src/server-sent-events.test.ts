import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEvents } from './server-sent-events.ts'
import type { ServerSentEvent } from './server-sent-events.ts'

async function read(text: string, cuts: readonly number[] = []): Promise<ServerSentEvent[]> {
  const bytes = Buffer.from(text)
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  async function* blocks(): AsyncGenerator<Uint8Array> {
    for (const [index, edge] of edges.entries()) if (index > 0) yield bytes.subarray(edges[index - 1], edge)
  }
  const events: ServerSentEvent[] = []
  for await (const event of readEvents(blocks())) events.push(event)
  return events
}

const stream = 'retry: 1000\n\nid: 1\nevent: event\ndata: {"a":"é🎁"}\n\n: still here\n\ndata: one\r\ndata:two\r\n\r\nevent: cut'

test('reads ids, names and data; leaves out comments and an event that was cut off', async () => {
  expect(await read(stream)).toEqual([
    { id: '1', event: 'event', data: '{"a":"é🎁"}' },
    { id: null, event: 'message', data: 'one\ntwo' },
  ])
})

test('reads the same wherever the bytes are cut', async () => {
  const whole = await read(stream)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 12 }), async (cuts) => {
      expect(await read(stream, cuts)).toEqual(whole)
    }),
  )
})
