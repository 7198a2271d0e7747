import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureKinds } from '../../contract/errors.ts'
import { decideRetry, type FailedAttempt, type RetryFacts } from './decide-retry.ts'

const lost: FailedAttempt = { kind: 'transient', mayHaveArrived: true, code: 'DESTINATION_LOST', retryAfterMs: null }
const unreachable: FailedAttempt = { kind: 'transient', mayHaveArrived: false, code: 'DESTINATION_UNREACHABLE', retryAfterMs: null }
const limited: FailedAttempt = { kind: 'rate_limit', mayHaveArrived: false, code: 'RATE_LIMITED', retryAfterMs: null }

const facts = (failure: FailedAttempt, change: Partial<RetryFacts> = {}): RetryFacts => ({
  failure,
  spent: 0,
  limited: 0,
  policy: { attempts: 3, withinMs: 3_600_000 },
  elapsedMs: 0,
  baseMs: 500,
  idempotent: false,
  onUnknown: 'resend',
  random: () => 0.5,
  ...change,
})

test('a transient failure is tried again, later and later, until the attempts are spent', () => {
  const again = { do: 'again', spends: true, possibleDuplicate: false }
  expect(decideRetry(facts(unreachable))).toEqual({ ...again, afterMs: 250 })
  expect(decideRetry(facts(unreachable, { spent: 1 }))).toEqual({ ...again, afterMs: 500 })
  expect(decideRetry(facts(unreachable, { spent: 2 }))).toEqual({ do: 'give_up', code: 'BUDGET_SPENT' })
})

test('no attempt is begun that the time of the run does not cover', () => {
  const policy = { attempts: 9, withinMs: 1_000 }
  expect(decideRetry(facts(unreachable, { policy, elapsedMs: 749 }))).toMatchObject({ do: 'again' })
  expect(decideRetry(facts(unreachable, { policy, elapsedMs: 750 }))).toEqual({ do: 'give_up', code: 'BUDGET_SPENT' })
  expect(decideRetry(facts({ ...limited, retryAfterMs: 5_000 }, { policy }))).toEqual({ do: 'give_up', code: 'BUDGET_SPENT' })
})

test('a server that fails and says for how long is not asked sooner', () => {
  expect(decideRetry(facts({ ...unreachable, retryAfterMs: 7_000 }))).toMatchObject({ do: 'again', afterMs: 7_000 })
  expect(decideRetry(facts({ ...unreachable, retryAfterMs: 1 }))).toMatchObject({ do: 'again', afterMs: 250 })
})

test('a rate limit pauses exactly as long as was asked, and grows by itself where nothing was', () => {
  expect(decideRetry(facts({ ...limited, retryAfterMs: 1_234 }))).toEqual({ do: 'pause', afterMs: 1_234, possibleDuplicate: false })
  expect(decideRetry(facts({ ...limited, retryAfterMs: 0 }))).toMatchObject({ afterMs: 0 })
  expect(decideRetry(facts(limited))).toMatchObject({ afterMs: 250 })
  expect(decideRetry(facts(limited, { limited: 3 }))).toMatchObject({ afterMs: 2_000 })
})

test('a rate limit spends nothing: it pauses also where one attempt is left', () => {
  expect(decideRetry(facts(limited, { spent: 2 }))).toMatchObject({ do: 'pause' })
})

test.each([
  ['row', 'BATCH_REFUSED', { do: 'halve', possibleDuplicate: false }],
  ['auth', 'AUTH_FAILED', { do: 'block', code: 'AUTH_FAILED' }],
  ['config', 'REQUEST_REFUSED', { do: 'block', code: 'REQUEST_REFUSED' }],
  ['bug', 'INTERNAL', { do: 'give_up', code: 'INTERNAL' }],
] as const)('a failure of the kind %s is not simply tried again', (kind, code, expected) => {
  expect(decideRetry(facts({ kind, code, mayHaveArrived: false, retryAfterMs: null }))).toEqual(expected)
})

test('rows that may have arrived are sent again and marked, or wait for a person, or are simply repeated', () => {
  expect(decideRetry(facts(lost))).toMatchObject({ do: 'again', possibleDuplicate: true })
  expect(decideRetry(facts(lost, { onUnknown: 'hold' }))).toEqual({ do: 'review' })
  expect(decideRetry(facts(lost, { onUnknown: 'hold', idempotent: true }))).toMatchObject({ do: 'again', possibleDuplicate: false })
})

const anyFacts: fc.Arbitrary<RetryFacts> = fc.record({
  failure: fc.record({
    kind: fc.constantFrom(...failureKinds),
    mayHaveArrived: fc.boolean(),
    code: fc.constantFrom('A', 'B'),
    retryAfterMs: fc.option(fc.nat({ max: 10_000_000 })),
  }),
  baseMs: fc.nat({ max: 10_000 }),
  spent: fc.nat({ max: 2_000 }),
  limited: fc.nat({ max: 2_000 }),
  policy: fc.record({ attempts: fc.integer({ min: 1, max: 1_000 }), withinMs: fc.nat({ max: 10_000_000 }) }),
  elapsedMs: fc.nat({ max: 10_000_000 }),
  idempotent: fc.boolean(),
  onUnknown: fc.constantFrom('resend' as const, 'hold' as const),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((value) => () => value),
})

test('with hold, nothing that may have arrived is ever sent twice; without, every repeat of it is marked', () => {
  fc.assert(
    fc.property(anyFacts, (given) => {
      const retry = decideRetry(given)
      const doubles = given.failure.mayHaveArrived && !given.idempotent
      expect(retry.do === 'review').toBe(doubles && given.onUnknown === 'hold')
      if ('possibleDuplicate' in retry) expect(retry.possibleDuplicate).toBe(doubles)
    }),
  )
})

test('every wait is finite, ends within the time of the run, and never before the destination wants', () => {
  fc.assert(
    fc.property(anyFacts, (given) => {
      const retry = decideRetry(given)
      if (!('afterMs' in retry)) return
      expect(retry.afterMs).toBeGreaterThanOrEqual(given.failure.retryAfterMs ?? 0)
      expect(given.elapsedMs + retry.afterMs).toBeLessThan(given.policy.withinMs)
    }),
  )
})

test('whatever a destination answers, the attempts that are spent end', () => {
  fc.assert(
    fc.property(anyFacts, (given) => {
      const steps = [...Array(given.policy.attempts).keys()].map((spent) => decideRetry({ ...given, spent }).do)
      expect(steps.filter((step) => step === 'again').length).toBeLessThan(given.policy.attempts)
    }),
    { numRuns: 30 },
  )
})
