/** Server-sent events (WHATWG HTML, 9.2) of a run. */
import { toProblem } from '../contract/errors.ts'
import type { RunNews } from '../engine/service.ts'

/** A comment: shows that the connection lives, and keeps what stands between from closing it. */
const heartbeat = ': still here\n\n'

/**
 * News as the text of an event stream. Events are `event` (a line of the timeline, its number is the event's id), `progress`, `end` (the
 * run), and `problem` where watching failed. Goes on until the news end; `signal` must end them when nobody listens any more.
 */
export async function* eventStream(news: AsyncIterable<RunNews>, heartbeatMs: number, signal: AbortSignal): AsyncGenerator<string> {
  // Sent at once, so that the answer's head is not held back until there is news. A client that lost the connection comes back after a second.
  yield 'retry: 1000\n\n'
  try {
    yield* withHeartbeat(news, heartbeatMs)
  } catch (error) {
    if (!signal.aborted) yield message('problem', toProblem(error))
  }
}

async function* withHeartbeat(news: AsyncIterable<RunNews>, heartbeatMs: number): AsyncGenerator<string> {
  const iterator = news[Symbol.asyncIterator]()
  try {
    for (let next = iterator.next(); ;) {
      const arrived = await withinTime(next, heartbeatMs)
      if (arrived === null) {
        yield heartbeat
        continue
      }
      if (arrived.done === true) return
      yield textOf(arrived.value)
      next = iterator.next()
    }
  } finally {
    await iterator.return?.()
  }
}

/** What the promise gives, or null where that takes longer. */
async function withinTime<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function textOf(news: RunNews): string {
  if (news.kind === 'progress') return message('progress', news.progress)
  if (news.kind === 'end') return message('end', news.run)
  const { number, at, event, detail } = news
  return message('event', { number, at, event, detail }, number)
}

/** JSON has no line breaks of its own, so the data is one line. */
function message(event: string, data: unknown, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
