import { setImmediate } from 'node:timers/promises'
import type { HttpAnswer, HttpRequest } from '../contract/net.ts'
import { checkRequest } from './checked-request.ts'
import type { Place } from './checked-request.ts'
import { decodedBody } from './decoded-body.ts'
import { exchange } from './exchange.ts'
import type { RawAnswer } from './exchange.ts'
import type { KeptConnections } from './kept-connections.ts'
import { openSocket } from './open-socket.ts'
import type { Connecting } from './open-socket.ts'
import { hostAndPort, unreachable } from './unreachable.ts'

/** One request, on a kept connection where there is one. Its errors are those of `Net.request`. */
export async function sendRequest(connecting: Connecting, kept: KeptConnections, request: HttpRequest): Promise<HttpAnswer> {
  const place = checkRequest(request)
  request.signal.throwIfAborted()
  const raw = await rawAnswer(connecting, kept, place, request)
  const { 'content-encoding': coding, ...headers } = raw.headers
  if (coding === undefined) return raw
  const body = await decodedBody(hostAndPort(place.host, place.port), raw.body, coding, request.maxAnswerBytes)
  return { ...raw, headers, body }
}

async function rawAnswer(connecting: Connecting, kept: KeptConnections, place: Place, request: HttpRequest): Promise<RawAnswer> {
  const { limits, signal } = request
  const { origin, host, port, tls } = place
  const deadline = performance.now() + limits.totalMs
  const left = (): number => deadline - performance.now()

  const used = kept.take(origin)
  if (used !== undefined) {
    await closingsHeard()
    const answer = await exchange(used, place, request, left())
    if (answer !== null) {
      kept.keep(origin, used)
      return answer
    }
  }

  // A kept connection that was closed before a byte was written is no try: one fresh connection, and that is all.
  const timeoutMs = Math.max(1, Math.min(limits.connectMs, left()))
  const socket = await openSocket(connecting, { target: { host, port, purpose: 'request' }, tls, timeoutMs, signal })
  const fresh = kept.open(origin, socket)
  const answer = await exchange(fresh, place, request, left())
  if (answer === null) throw unreachable(host, port, new Error('it closes connections at once'))
  kept.keep(origin, fresh)
  return answer
}

/**
 * Waits until the event loop has asked the operating system for news once: the first immediate ends the round that this one is in, the second
 * comes after the next. A server that closes right after its answer, without having said so, is then not sent to on that connection.
 */
async function closingsHeard(): Promise<void> {
  await setImmediate()
  await setImmediate()
}
