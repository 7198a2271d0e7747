/** The one way out: every outgoing connection is made by a `Net`, which connectors get as an argument. */
import type { Socket } from 'node:net'

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * One HTTP request (RFC 9110). Redirects are never followed: the answer is the redirect. Headers that frame the message (host, content-length,
 * connection and the like) are made by the `Net`.
 */
export interface HttpRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
  /**
   * Four limits, because a destination can hang in four places; milliseconds. `headersMs` counts from when the request has been sent, and limits
   * standstill while it is; `bodyMs` is the longest silence within the answer's body.
   */
  readonly limits: { readonly connectMs: number; readonly headersMs: number; readonly bodyMs: number; readonly totalMs: number }
  /** An answer with a longer body is ANSWER_TOO_LARGE; for one that comes compressed, before and after it is decoded. */
  readonly maxAnswerBytes: number
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  /** Names in small letters; several values of one name are joined by a comma and a blank. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Nobody looks at the bytes of the request's body any more: the system has taken them all. A server may answer before it has read them. */
  readonly sentWhole: boolean
}

export interface Net {
  /** A connected TCP socket. Throws DESTINATION_UNREACHABLE with host, port and the reason, ADDRESS_REFUSED where the guard forbids the address. */
  connect(options: ConnectOptions): Promise<Socket>
  /**
   * One request over the guarded, kept-alive connections of this instance. Throws INVALID (a request that cannot be sent),
   * DESTINATION_UNREACHABLE and ADDRESS_REFUSED where nothing was sent, and DESTINATION_LOST, ANSWER_TIMEOUT, ANSWER_TOO_LARGE and
   * ANSWER_INVALID (what answers does not speak HTTP) where it may have arrived. Never sends a request twice by itself.
   */
  request(request: HttpRequest): Promise<HttpAnswer>
}
