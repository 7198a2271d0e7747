/** Decides what follows a failed attempt to send a part (delivery.md, Failures and Unknown parts); whoever sends the parts acts on it. */
import type { FailureKind } from '../../contract/errors.ts'
import { backoffMs } from '../backoff.ts'

export interface FailedAttempt {
  /** `row`: the batch was refused as a whole because of what is in it. */
  readonly kind: FailureKind
  /** True also of an error that nobody foresaw: it tells nothing about what was sent before it. */
  readonly mayHaveArrived: boolean
  readonly code: string
  /** What the destination asked for, in milliseconds from now. */
  readonly retryAfterMs: number | null
}

export interface RetryFacts {
  readonly failure: FailedAttempt
  /** Attempts of the part that were spent before this one; those that met a rate limit are not among them. */
  readonly spent: number
  /** Attempts of the part that met a rate limit before this one. */
  readonly limited: number
  readonly policy: { readonly attempts: number; readonly withinMs: number }
  /** Since the run was started, in milliseconds. */
  readonly elapsedMs: number
  /** The first wait is up to so many milliseconds, each later one up to twice as many. */
  readonly baseMs: number
  /** The same part sent again changes nothing. */
  readonly idempotent: boolean
  readonly onUnknown: 'resend' | 'hold'
  /** From 0 to below 1. */
  readonly random: () => number
}

/**
 * `possibleDuplicate` speaks of this attempt alone: a part that had it once keeps it. In the same way a part that is given up or blocked has
 * an unknown outcome if any of its attempts may have arrived, not only the last.
 */
export type Retry =
  | { readonly do: 'again'; readonly afterMs: number; readonly spends: boolean; readonly possibleDuplicate: boolean }
  /** The whole destination account waits, then the part is sent again; nothing is spent. */
  | { readonly do: 'pause'; readonly afterMs: number; readonly possibleDuplicate: boolean }
  | { readonly do: 'halve'; readonly possibleDuplicate: boolean }
  /** `BUDGET_SPENT` where attempts or time are used up; the failure's own code where another attempt would not help. */
  | { readonly do: 'give_up'; readonly code: string }
  /** A person must act first. */
  | { readonly do: 'block'; readonly code: string }
  /** The rows may be there, and sending them again may double them: a person decides. */
  | { readonly do: 'review' }

const mostMs = 60_000

export function decideRetry(facts: RetryFacts): Retry {
  const { failure, idempotent, onUnknown, baseMs } = facts
  const backoff = { baseMs, mostMs }
  const couldDouble = failure.mayHaveArrived && !idempotent
  // Before all else: whatever failed, what is not known stays unknown.
  if (couldDouble && onUnknown === 'hold') return { do: 'review' }
  switch (failure.kind) {
    case 'row':
      return { do: 'halve', possibleDuplicate: couldDouble }
    case 'auth':
    case 'config':
      return { do: 'block', code: failure.code }
    case 'bug':
      return { do: 'give_up', code: failure.code }
    case 'rate_limit': {
      const afterMs = failure.retryAfterMs ?? backoffMs(facts.limited + 1, facts.random, backoff)
      return inTime(facts, afterMs) ? { do: 'pause', afterMs, possibleDuplicate: couldDouble } : { do: 'give_up', code: 'BUDGET_SPENT' }
    }
    case 'transient': {
      // An overloaded server (503) may say how long it wants to be left alone: never sooner than that.
      const afterMs = Math.max(failure.retryAfterMs ?? 0, backoffMs(facts.spent + 1, facts.random, backoff))
      const left = facts.spent + 1 < facts.policy.attempts && inTime(facts, afterMs)
      return left ? { do: 'again', afterMs, spends: true, possibleDuplicate: couldDouble } : { do: 'give_up', code: 'BUDGET_SPENT' }
    }
  }
}

function inTime({ elapsedMs, policy }: RetryFacts, afterMs: number): boolean {
  return elapsedMs + afterMs < policy.withinMs
}
