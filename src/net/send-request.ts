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
  return { status: raw.status, headers, body }
}

async function rawAnswer(connecting: Connecting, kept: KeptConnections, place: Place, request: HttpRequest): Promise<RawAnswer> {
  const { limits, signal } = request
  const { origin, host, port, tls } = place
  const deadline = performance.now() + limits.totalMs
  const left = (): number => deadline - performance.now()

  const used = kept.take(origin)
  const answered = used && (await exchange(used, place, request, left()))
  if (used && answered) {
    kept.keep(origin, used)
    return answered
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
