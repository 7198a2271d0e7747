/** Decides how a run stops that could not go on; work-run.ts acts on it (delivery.md, States and Failures). */
import { errorTable, toProblem, type ErrorCode, type Problem } from '../contract/errors.ts'
import { backoffMs } from './backoff.ts'

/** Why a step stopped the run, where it is not simply the error: a batch outcome nobody knows, a limit of tries reached. */
export interface StopFacts {
  /** Files that are visible, or batches with rows that were taken. */
  readonly delivered: number
  /** Files or rows in all, for the sentence; null where it does not matter. */
  readonly of: string | null
  /** Whether the destination said it, rather than the database or the configuration. */
  readonly atDestination: boolean
  /** Tries of the run before this one since it last came forward. */
  readonly tries: number
  readonly attempts: number
  readonly withinMs: number
  /** Since the run was started, in milliseconds. */
  readonly elapsedMs: number
  readonly random: () => number
}

export type Stop =
  | { readonly do: 'end'; readonly state: 'failed' | 'cancelled'; readonly reason: string; readonly error: Problem | null }
  | { readonly do: 'wait'; readonly afterMs: number; readonly reason: string; readonly error: Problem }
  /** The process ends: another worker goes on. */
  | { readonly do: 'hand_over' }
  | { readonly do: 'ask'; readonly state: 'blocked' | 'needs_review' | 'held'; readonly reason: string; readonly error: Problem }

const cancelReasons: ReadonlySet<ErrorCode> = new Set(['RUN_CANCELLED', 'WAITED_TOO_LONG', 'REFUSED'])
const backoff = { baseMs: 2_000, mostMs: 300_000 }

/** Where a person can help without changing what the run was started with. */
const helped: ReadonlySet<ErrorCode> = new Set([
  'AUTH_FAILED',
  'HOST_KEY_MISMATCH',
  'PERMISSION_DENIED',
  'FOLDER_MISSING',
  'DISK_FULL',
  'ADDRESS_REFUSED',
  'SPOOL_LOST',
])

export function decideStop(error: unknown, facts: StopFacts): Stop {
  if (error instanceof HandOver) return { do: 'hand_over' }
  const problem = withVisible(toProblem(error), facts)
  const { code } = problem
  if (cancelReasons.has(code)) return { do: 'end', state: 'cancelled', reason: code, error: null }
  if (code === 'APPEND_AFTER_PARTIAL') return { do: 'ask', state: 'held', reason: code, error: problem }
  if (code === 'OUTCOME_UNKNOWN') return { do: 'ask', state: 'needs_review', reason: code, error: problem }
  const { failure } = errorTable[code]
  if (failure === 'transient' || failure === 'rate_limit') {
    const afterMs = backoffMs(facts.tries + 1, facts.random, backoff)
    const spent = failure === 'rate_limit' ? facts.tries : facts.tries + 1
    if (spent < facts.attempts && facts.elapsedMs + afterMs < facts.withinMs) return { do: 'wait', afterMs, reason: code, error: problem }
    const told = { ...problem, detail: `${problem.detail} Tried ${facts.tries + 1} times.` }
    return facts.delivered > 0 && facts.of !== null
      ? { do: 'ask', state: 'blocked', reason: code, error: told }
      : { do: 'end', state: 'failed', reason: code, error: told }
  }
  const canBeHelped = facts.atDestination && (failure === 'auth' || failure === 'config')
  if (helped.has(code) || (canBeHelped && facts.delivered > 0)) return { do: 'ask', state: 'blocked', reason: code, error: problem }
  return { do: 'end', state: 'failed', reason: code, error: problem }
}

function withVisible(problem: Problem, { delivered, of }: StopFacts): Problem {
  if (delivered === 0 || of === null) return problem
  return { ...problem, detail: `${problem.detail} ${delivered} of ${of} visible at the destination and stay there.` }
}

/** This process is being stopped; the run goes on elsewhere. */
export class HandOver extends Error {
  override readonly name = 'HandOver'
}
