import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BatchAnswer, RowVerdict } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { decideAttempt, type AttemptFacts } from './decide-attempt.ts'
import { newRecordPart } from './record-part.ts'

const exchange = { request: 'POST', answer: '200' }
const part = (rows: number) => newRecordPart(0, { from: 100, to: 100 + rows, ordinals: null, rows })
const facts = (answer: AttemptFacts['answer'], change: Partial<AttemptFacts> = {}): AttemptFacts => {
  const { part: given = part(4) } = change
  return {
    part: given,
    sent: { from: given.from, to: given.to, ordinals: given.ordinals },
    answer,
    limits: { idempotent: false },
    onUnknown: 'resend',
    policy: { attempts: 3, withinMs: 3_600_000 },
    elapsedMs: 0,
    baseMs: 1_000,
    limited: 0,
    mayHalve: true,
    random: () => 0.5,
    ...change,
  }
}
const verdicts = (rows: number, exceptions: readonly RowVerdict[]): BatchAnswer => ({ kind: 'verdicts', rows, exceptions, exchange })
const verdict = (row: number, kind: 'rejected' | 'retry'): RowVerdict => ({ row, verdict: kind, code: 'X', reason: 'why' })
const lost = { kind: 'thrown', error: new SegueError('DESTINATION_LOST', 'cut') } as const
const refused: BatchAnswer = { kind: 'refused', code: 'BATCH_REFUSED', reason: 'row 2 is bad', exchange }

test('rejected rows are named by their ordinals, rows to try again become a part of their own, the rest is delivered', () => {
  const { checkpoint, children, rejected, next } = decideAttempt(facts(verdicts(4, [verdict(1, 'rejected'), verdict(3, 'retry')])))
  expect(checkpoint).toMatchObject({ state: 'split', delivered: 2, rejected: 1 })
  expect(rejected).toEqual([{ row: 101, code: 'X', reason: 'why' }])
  expect(children).toMatchObject([{ from: 103, to: 104, ordinals: [103], rows: 1, spent: 1 }])
  expect(next).toEqual({ do: 'go_on', parts: children, afterMs: 500 })
})

test('a row that is to be tried again for ever is rejected when the attempts are used up', () => {
  const { checkpoint, rejected, next } = decideAttempt(
    facts(verdicts(4, [verdict(3, 'retry')]), { part: { ...part(4), attempts: 2, spent: 2 } }),
  )
  expect(checkpoint).toMatchObject({ state: 'sent', delivered: 3, rejected: 1 })
  expect(rejected).toEqual([{ row: 103, code: 'X', reason: 'why (after 3 attempts)' }])
  expect(next).toMatchObject({ parts: [] })
})

test('an answer that accounts for another number of rows is no verdict', () => {
  expect(decideAttempt(facts(verdicts(3, [])))).toMatchObject({
    checkpoint: { state: 'pending', delivered: 0, mayHaveArrived: true },
    next: { do: 'stop', error: { code: 'ANSWER_INVALID' } },
  })
})

test('a refused batch is halved, a refused row is rejected', () => {
  const halved = decideAttempt(facts(refused))
  expect(halved.checkpoint).toMatchObject({ state: 'split', delivered: 0, rejected: 0 })
  expect(halved.children.map(({ from, to }) => [from, to])).toEqual([
    [100, 102],
    [102, 104],
  ])
  expect(decideAttempt(facts(refused, { part: part(1) }))).toMatchObject({
    checkpoint: { state: 'sent', rejected: 1 },
    rejected: [{ row: 100, code: 'BATCH_REFUSED', reason: 'row 2 is bad' }],
  })
})

test('a refused batch is rejected as a whole where too many were refused, and says so', () => {
  const { checkpoint, rejected } = decideAttempt(facts(refused, { mayHalve: false }))
  expect(checkpoint).toMatchObject({ state: 'sent', rejected: 4 })
  expect(rejected.map(({ row }) => row)).toEqual([100, 101, 102, 103])
  expect(rejected[0]?.reason).toContain('refused as a whole')
})

test('what may have arrived waits for a person with hold, is marked with resend, and is simply repeated where that is harmless', () => {
  expect(decideAttempt(facts(lost, { onUnknown: 'hold' }))).toMatchObject({
    checkpoint: { state: 'unknown' },
    next: { do: 'go_on', parts: [] },
  })
  expect(decideAttempt(facts(lost))).toMatchObject({
    checkpoint: { state: 'pending', possibleDuplicate: true, mayHaveArrived: true },
    next: { parts: [{ possibleDuplicate: true, mayHaveArrived: true, attempts: 1, spent: 1 }] },
  })
  expect(decideAttempt(facts(lost, { limits: { idempotent: true } }))).toMatchObject({
    checkpoint: { state: 'pending', possibleDuplicate: false, mayHaveArrived: true },
  })
})

test('a part is given up when its attempts are spent, and stays for a retry', () => {
  const spent = { ...part(4), attempts: 5, spent: 2 }
  expect(decideAttempt(facts(lost, { part: spent }))).toMatchObject({
    checkpoint: { state: 'failed' },
    next: { do: 'stop', error: { code: 'BUDGET_SPENT' } },
  })
})

const anyAnswer = fc.oneof(
  fc
    .record({
      rows: fc.nat(6),
      exceptions: fc.uniqueArray(fc.record({ row: fc.nat(5), kind: fc.constantFrom('rejected' as const, 'retry' as const) }), {
        selector: ({ row }) => row,
      }),
    })
    .map(({ rows, exceptions }) =>
      verdicts(
        rows,
        exceptions.filter(({ row }) => row < rows).map(({ row, kind }) => verdict(row, kind)),
      ),
    ),
  fc.constant(refused),
  fc.constantFrom(...(['config', 'auth', 'rate_limit', 'transient'] as const)).chain((failure) =>
    fc.boolean().map((mayHaveArrived): BatchAnswer => ({
      kind: 'failed',
      failure,
      mayHaveArrived,
      code: 'DESTINATION_FAILED',
      reason: 'r',
      retryAfterMs: null,
      exchange,
    })),
  ),
  fc.constant(lost),
  fc.constant({ kind: 'thrown', error: new Error('bug') } as const),
)

test('whatever is answered, every row of the part is settled, sent again, or unknown, and once', () => {
  fc.assert(
    fc.property(
      anyAnswer,
      fc.integer({ min: 1, max: 6 }),
      fc.nat(2),
      fc.boolean(),
      fc.constantFrom('resend' as const, 'hold' as const),
      fc.boolean(),
      (answer, rows, spent, idempotent, onUnknown, mayHalve) => {
        const given = { ...part(rows), spent, attempts: spent }
        const { checkpoint, children, rejected, next } = decideAttempt(
          facts(answer, { part: given, limits: { idempotent }, onUnknown, mayHalve }),
        )
        const inChildren = children.reduce((sum, child) => sum + child.rows, 0)
        expect(rejected.length).toBe(checkpoint.rejected)
        expect(new Set(rejected.map(({ row }) => row)).size).toBe(rejected.length)
        for (const { row } of rejected) expect(row >= given.from && row < given.to).toBe(true)
        if (checkpoint.state === 'sent' || checkpoint.state === 'split')
          expect(checkpoint.delivered + checkpoint.rejected + inChildren).toBe(rows)
        else expect([checkpoint.delivered, checkpoint.rejected, inChildren]).toEqual([0, 0, 0])
        // What is left open is sent again, or stops the run.
        const again = 'parts' in next ? next.parts.reduce((sum, each) => sum + each.rows, 0) : 0
        if (checkpoint.state === 'split') expect(again).toBe(inChildren)
        if (checkpoint.state === 'pending') expect(next.do === 'stop' || again === rows).toBe(true)
        if (checkpoint.state === 'failed') expect(next.do).toBe('stop')
        if (onUnknown === 'hold' && !idempotent && checkpoint.mayHaveArrived) expect(again).toBe(0)
      },
    ),
    { numRuns: 2_000 },
  )
})
