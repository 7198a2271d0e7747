/** What a status that is no success means for the batch (RFC 9110 15). */
import type { HttpAnswer } from '../../contract/net.ts'
import type { FailedReading } from './reading.ts'
import { rateLimitResetMs, retryAfterMs } from './retry-after.ts'

type Failed = Omit<FailedReading, 'kind' | 'reason' | 'retryAfterMs'>

const refused: Failed = { failure: 'config', mayHaveArrived: false, code: 'REQUEST_REFUSED' }
const again: Failed = { failure: 'transient', mayHaveArrived: false, code: 'DESTINATION_FAILED' }
/** Something in between gave up waiting, or nobody knows: the service behind it may have gone on. */
const unknown: Failed = { ...again, mayHaveArrived: true }

const meanings: Readonly<Record<number, Failed>> = {
  401: { failure: 'auth', mayHaveArrived: false, code: 'AUTH_FAILED' },
  403: { failure: 'auth', mayHaveArrived: false, code: 'AUTH_FAILED' },
  408: again,
  425: again,
  429: { failure: 'rate_limit', mayHaveArrived: false, code: 'RATE_LIMITED' },
  500: again,
  503: again,
  // What the server will never do, and what a network answers in its place (RFC 6585 6).
  501: refused,
  505: refused,
  511: refused,
}

/** `keyed`: the request had an idempotency key, whose 409 means that the first request with it is still at work. */
export function statusFailure(answer: HttpAnswer, keyed: boolean, said: string, now: Date): FailedReading {
  const { status, headers } = answer
  const meaning = status === 409 && keyed ? unknown : (meanings[status] ?? (status >= 500 ? unknown : refused))
  return {
    kind: 'failed',
    ...meaning,
    reason: `${reasonOf(answer)}${said === '' ? '' : `: ${said}`}`,
    retryAfterMs: waitFor(meaning, headers, now),
  }
}

/** The reset of a rate limit is sent with every answer by some services: it is the wait where that limit was met, and only there. */
function waitFor({ failure }: Failed, headers: HttpAnswer['headers'], now: Date): number | null {
  if (failure === 'rate_limit') return retryAfterMs(headers, now) ?? rateLimitResetMs(headers, now)
  return failure === 'transient' ? retryAfterMs(headers, now) : null
}

function reasonOf({ status, headers }: HttpAnswer): string {
  if (status < 300 || status >= 400) return `It answered ${status}`
  const location = headers['location']
  return `It answered ${status}${location === undefined ? '' : `, a redirect to ${location}`}; redirects are not followed, put the final address in \`url\``
}
