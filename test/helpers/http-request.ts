import type { HttpRequest } from '../../src/contract/net.ts'

const limits = { connectMs: 5_000, headersMs: 5_000, bodyMs: 5_000, totalMs: 10_000 }
const common = { headers: {}, limits, maxAnswerBytes: 1_000_000, signal: new AbortController().signal }

/** A request with limits that a test on loopback never reaches. */
export const get = (url: string): HttpRequest => ({ ...common, url, method: 'GET', body: null })

export const post = (url: string, body: string | Uint8Array = '{}'): HttpRequest => ({
  ...common,
  url,
  method: 'POST',
  body: Buffer.from(body),
})
