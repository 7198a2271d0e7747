/** The ways in which the misbehaving server can answer a request, as plain JSON: they go over a command line too. */
import { z } from 'zod'

const headers = z.record(z.string(), z.string()).optional()
const common = {
  /** Waits so long before it answers. */
  delayMs: z.int().optional(),
  /** Hangs up after the answer without having said so. */
  thenCut: z.boolean().optional(),
}
/** Which rows are bad: those whose field has that value. */
const badRows = z.object({ field: z.string().default('bad'), equals: z.unknown().default(true) }).default({ field: 'bad', equals: true })

export const misbehaviour = z.discriminatedUnion('do', [
  /** 200 and `{"accepted": n}`. */
  z.object({ do: z.literal('accept'), ...common }),
  /** That answer, word for word. A body that is no text is written as JSON. With `takes` the rows take effect. */
  z.object({
    do: z.literal('answer'),
    status: z.int(),
    headers,
    body: z.unknown().optional(),
    takes: z.boolean().default(false),
    ...common,
  }),
  /** 207 with one result per row: `{"results": [{"index", "status": 200 | 422, "code", "message"}], "accepted": n}`. */
  z.object({
    do: z.literal('verdicts'),
    bad: badRows,
    status: z.int().default(207),
    shuffled: z.boolean().default(false),
    /** So many results are left out. */
    missing: z.int().default(0),
    /** Each index is too high by so much. */
    offBy: z.int().default(0),
    ...common,
  }),
  /** 200 and `{"errors": [{"index", "code", "message"}]}` for the bad rows only. */
  z.object({ do: z.literal('errors'), bad: badRows, ...common }),
  /** 422 and nothing taken where one row is bad, else like accept. */
  z.object({ do: z.literal('refuse-bad'), bad: badRows, status: z.int().default(422), ...common }),
  z.object({ do: z.literal('limit'), retryAfter: z.string().optional(), ...common }),
  /** A sign-in page with status 200. */
  z.object({ do: z.literal('html'), ...common }),
  /** Takes the rows and answers 200 without a body. */
  z.object({ do: z.literal('empty'), ...common }),
  /** The first half of a JSON document, as a whole answer. Takes the rows. */
  z.object({ do: z.literal('half-json'), ...common }),
  /** A JSON text of so many bytes. Takes the rows. */
  z.object({ do: z.literal('huge'), bytes: z.int(), ...common }),
  /** Reads the request and never says anything. */
  z.object({ do: z.literal('hang'), takes: z.boolean().default(false), ...common }),
  /** Sends the head and half of the body, and then nothing. Takes the rows. */
  z.object({ do: z.literal('stall'), ...common }),
  /** Resets the connection: when the request's head has come (it is not recorded then), when all of it has, or in the middle of the answer. */
  z.object({
    do: z.literal('cut'),
    when: z.enum(['at-head', 'after-request', 'within-answer']).default('after-request'),
    takes: z.boolean().default(false),
    ...common,
  }),
])
export type Misbehaviour = z.infer<typeof misbehaviour>
/** As tests write it: defaults left out. */
export type GivenMisbehaviour = z.input<typeof misbehaviour>

/** What the server does with a request. `taken`: positions of the rows that take effect. */
export interface Plan {
  readonly taken: 'all' | 'none' | ReadonlySet<number>
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly send: 'whole' | 'half, then silence' | 'half, then cut' | 'nothing' | 'nothing, cut'
}

const json = { 'content-type': 'application/json' }

/** Decides the answer to these rows. `random` shuffles. */
export function planAnswer(behaviour: Misbehaviour, rows: readonly unknown[], random: () => number): Plan {
  const accepted: Plan = { taken: 'all', status: 200, headers: json, body: JSON.stringify({ accepted: rows.length }), send: 'whole' }
  switch (behaviour.do) {
    case 'accept':
      return accepted
    case 'answer': {
      const { status, headers: own = {}, body = '', takes } = behaviour
      const text = typeof body === 'string'
      return {
        ...accepted,
        taken: takes ? 'all' : 'none',
        status,
        headers: text ? own : { ...json, ...own },
        body: text ? body : JSON.stringify(body),
      }
    }
    case 'verdicts': {
      const bad = badOf(rows, behaviour.bad)
      const all = rows.map((_, index) => resultOf(index + behaviour.offBy, bad.has(index)))
      const listed = (behaviour.shuffled ? shuffle(all, random) : all).slice(behaviour.missing)
      return {
        ...accepted,
        status: behaviour.status,
        taken: without(rows, bad),
        body: JSON.stringify({ results: listed, accepted: rows.length - bad.size }),
      }
    }
    case 'errors': {
      const bad = badOf(rows, behaviour.bad)
      const errors = [...bad].map((index) => ({ index, code: 'INVALID_ROW', message: `row ${index} is bad` }))
      return { ...accepted, taken: without(rows, bad), body: JSON.stringify({ errors }) }
    }
    case 'refuse-bad': {
      const [first] = badOf(rows, behaviour.bad)
      if (first === undefined) return accepted
      return { ...accepted, taken: 'none', status: behaviour.status, body: JSON.stringify({ message: `row ${first} is bad` }) }
    }
    case 'limit': {
      const wait = behaviour.retryAfter === undefined ? {} : { 'retry-after': behaviour.retryAfter }
      return { ...accepted, taken: 'none', status: 429, headers: { ...json, ...wait }, body: '{"message":"slow down"}' }
    }
    case 'html':
      return {
        ...accepted,
        taken: 'none',
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<!doctype html><html><body>Please sign in</body></html>',
      }
    case 'empty':
      return { ...accepted, headers: {}, body: '' }
    case 'half-json':
      return { ...accepted, body: '{"status": "ok", "results": [{"ind' }
    case 'huge':
      return { ...accepted, body: JSON.stringify('x'.repeat(behaviour.bytes - 2)) }
    case 'hang':
      return { ...accepted, taken: behaviour.takes ? 'all' : 'none', send: 'nothing' }
    case 'stall':
      return { ...accepted, send: 'half, then silence' }
    case 'cut':
      return {
        ...accepted,
        taken: behaviour.takes ? 'all' : 'none',
        send: behaviour.when === 'within-answer' ? 'half, then cut' : 'nothing, cut',
      }
  }
}

function badOf(rows: readonly unknown[], { field, equals }: { readonly field: string; readonly equals?: unknown }): Set<number> {
  const wanted = JSON.stringify(equals)
  const isBad = (row: unknown): boolean =>
    typeof row === 'object' && row !== null && JSON.stringify((row as Readonly<Record<string, unknown>>)[field]) === wanted
  return new Set(rows.flatMap((row, index) => (isBad(row) ? [index] : [])))
}

function without(rows: readonly unknown[], bad: ReadonlySet<number>): Set<number> {
  return new Set([...rows.keys()].filter((index) => !bad.has(index)))
}

function resultOf(index: number, isBad: boolean): Readonly<Record<string, unknown>> {
  return isBad ? { index, status: 422, code: 'INVALID_ROW', message: `row ${index} is bad` } : { index, status: 200 }
}

function shuffle<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value)
}
