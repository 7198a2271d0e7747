/**
 * Loopback is open to every page that a browser has open: a page may send requests to it, or point a name of its own at 127.0.0.1
 * (DNS rebinding) and read the answers. So the server serves only requests that name it as this machine, and that no foreign page sent.
 */
import { isLoopback, splitHostPort } from './loopback.ts'

export interface RequestOrigin {
  readonly host: string | undefined
  readonly origin: string | undefined
  /** Sec-Fetch-Site: how the page that sends stands to us; browsers set it, pages cannot. */
  readonly fetchSite: string | undefined
  /** The port that the request came in by; undefined where there is no socket (requests from inside this process). */
  readonly localPort: number | undefined
}

/** Why a request is refused, for people; null where it is served. Programs send neither Origin nor Sec-Fetch-Site. */
export function refusalOf(request: RequestOrigin): string | null {
  const address = splitHostPort(request.host ?? '')
  if (address === null) return 'The Host header is missing or is not an address.'
  if (!isLoopback(address.host)) return `The Host header names ${address.host}, which is not this machine.`
  if (address.port !== null && request.localPort !== undefined && address.port !== request.localPort) {
    return `The Host header names port ${address.port}; the server listens on ${request.localPort}.`
  }
  if (request.fetchSite !== undefined && request.fetchSite !== 'same-origin' && request.fetchSite !== 'none') {
    return 'The request was sent by a page of another site.'
  }
  if (request.origin !== undefined && !isSameOrigin(request.origin, request.host ?? ''))
    return 'The request was sent by a page of another origin.'
  return null
}

function isSameOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`
}
