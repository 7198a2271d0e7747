import { startMisbehavingServer } from '../helpers/misbehaving-server.ts'
import type { GivenMisbehaviour } from '../helpers/misbehaviour.ts'

/** A service to which a record destination may be pointed, which does on command what its kind of service can do wrong. */
export interface RecordPlace extends AsyncDisposable {
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  /** A row that it rejects, and one that it takes. */
  readonly badRow: object
  readonly goodRow: (number: number) => object
  /** What it does with the next request. */
  next(
    does:
      | 'take'
      | 'reject bad rows'
      | 'refuse bad batches'
      | 'limit'
      | 'fail'
      | 'hide a failure'
      | 'cut before the answer'
      | 'never answer',
  ): void
  /** Rows that took effect. */
  taken(): number
  /** Keys of the requests that came, where it knows any. */
  keys(): readonly (string | null)[]
}

export interface RecordFixture {
  readonly name: string
  /** The destination type, as in the registry. */
  readonly type: string
  start(): Promise<RecordPlace>
}

/** A new record destination joins the conformance suite with one entry here; the suite fails for a type that has none. */
export const recordFixtures: readonly RecordFixture[] = [{ name: 'http', type: 'http', start: startHttp }]

const behaviours: Readonly<Record<Parameters<RecordPlace['next']>[0], GivenMisbehaviour>> = {
  take: { do: 'verdicts' },
  'reject bad rows': { do: 'verdicts' },
  'refuse bad batches': { do: 'refuse-bad' },
  limit: { do: 'limit', retryAfter: '7' },
  fail: { do: 'answer', status: 503 },
  'hide a failure': { do: 'verdicts', missing: 1 },
  'cut before the answer': { do: 'cut', when: 'after-request', takes: true },
  'never answer': { do: 'hang', takes: true },
}

async function startHttp(): Promise<RecordPlace> {
  const server = await startMisbehavingServer()
  return {
    settings: {
      url: server.url,
      auth: 'bearer',
      idempotencyHeader: 'Idempotency-Key',
      totalSeconds: 2,
      verdicts: {
        results: '/results',
        index: '/index',
        acceptedWhen: { pointer: '/status', equals: 200 },
        code: '/code',
        reason: '/message',
      },
    },
    secrets: { token: 'canary-of-the-token' },
    badRow: { id: 0, bad: true },
    goodRow: (id) => ({ id, bad: false }),
    next: (does) => server.queue(behaviours[does]),
    taken: () => server.effectCount,
    keys: () => server.requests.map(({ key }) => key),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
