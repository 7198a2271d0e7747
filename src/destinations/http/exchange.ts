/** A request and its answer as people may see them. */
import type { BatchAnswer, Exchange } from '../../contract/destination.ts'
import type { HttpAnswer } from '../../contract/net.ts'
import type { Mask } from './masking.ts'
import type { Reading } from './reading.ts'

/** A request as far as it is shown; the headers are without their secrets already. */
export interface ShownRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** So much of a body is shown, in bytes. */
const bodyBytes = 4096
const valueLength = 500

/** Those that help to find a request in the destination's own log, or to understand its answer. */
const tellingHeaders =
  /^(?:content-type|content-length|content-encoding|date|server|location|retry-after|www-authenticate|(?:x-)?ratelimit.*|.*(?:request|correlation|trace)-?id|cf-ray|via)$/

/** Shortens both, and hides every secret. */
export function describeExchange(request: ShownRequest, answer: HttpAnswer, mask: Mask): Exchange {
  const sent = Object.entries(request.headers)
  const told = Object.entries(answer.headers).filter(([name]) => tellingHeaders.test(name))
  return {
    request: written(`${request.method} ${mask.cut(request.url, valueLength)}`, sent, request.body, mask),
    answer: written(`HTTP ${answer.status}`, told, answer.body, mask),
  }
}

/** The answer that the engine gets: texts of the destination are cut to one line each and hide every secret, as it may repeat what it was sent. */
export function withExchange(reading: Reading, exchange: Exchange, mask: Mask): BatchAnswer {
  if (reading.kind !== 'verdicts') return { ...reading, reason: oneLine(reading.reason, valueLength, mask), exchange }
  const exceptions = reading.exceptions.map((verdict) => ({
    ...verdict,
    code: oneLine(verdict.code, 100, mask),
    reason: oneLine(verdict.reason, valueLength, mask),
  }))
  return { ...reading, exceptions, exchange }
}

function written(firstLine: string, headers: readonly (readonly [string, string])[], body: Uint8Array, mask: Mask): string {
  const lines = headers.map(([name, value]) => `${name}: ${oneLine(value, valueLength, mask)}`)
  return [firstLine, ...lines, '', shownBody(body, mask)].join('\n').trimEnd()
}

function shownBody(body: Uint8Array, mask: Mask): string {
  const text = decoded(body, bodyBytes)
  // Beyond what is shown lies the rest of a secret that begins in it: at most four bytes a character.
  const window = decoded(body, bodyBytes + 4 * (mask.longest + 2))
  return text === null || window === null ? `<${body.length} bytes>` : mask.cut(window, text.length)
}

/** The first bytes as text, without a character that they cut; null where they are none. */
function decoded(body: Uint8Array, bytes: number): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body.subarray(0, bytes), { stream: body.length > bytes })
    return /[^\P{Cc}\t\n\r]/u.test(text) ? null : text
  } catch {
    return null
  }
}

function oneLine(text: string, limit: number, mask: Mask): string {
  return mask
    .cut(text, limit)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
}
