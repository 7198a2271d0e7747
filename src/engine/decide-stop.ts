/** Decides how a run stops that could not go on; work-run.ts acts on it (delivery.md, States and Failures). */
import { errorTable, toProblem, type ErrorCode, type Problem, type SegueError } from '../contract/errors.ts'
import { backoffMs } from './backoff.ts'

/** Why a step stopped the run, where it is not simply the error: a batch outcome nobody knows, a limit of tries reached. */
export interface StopFacts {
  /** What arrived, as a sentence; null where nothing did. */
  readonly said: string | null
  /** Whether the destination said it, rather than the database or the configuration. */
  readonly atDestination: boolean
  /** Tries of the run before this one since it last came forward. */
  readonly tries: number
  readonly attempts: number
  readonly withinMs: number
  /** Since the run was started, in milliseconds. */
  readonly elapsedMs: number
  /** The first wait, at most. */
  readonly backoffMs: number
  readonly random: () => number
}

export type Stop =
  | { readonly do: 'end'; readonly state: 'failed' | 'cancelled'; readonly reason: string; readonly error: Problem | null }
  /** `tries`: as they count from then on. */
  | { readonly do: 'wait'; readonly afterMs: number; readonly tries: number; readonly reason: string; readonly error: Problem }
  /** The process ends: another worker goes on. */
  | { readonly do: 'hand_over' }
  | { readonly do: 'ask'; readonly state: 'blocked' | 'needs_review' | 'held'; readonly reason: string; readonly error: Problem }

const cancelReasons: ReadonlySet<ErrorCode> = new Set(['RUN_CANCELLED', 'WAITED_TOO_LONG', 'REFUSED'])
const mostBackoffMs = 300_000

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
  if (error instanceof WaitLonger) {
    const { afterMs, problem } = error
    return { do: 'wait', afterMs, tries: facts.tries, reason: problem.code, error: toProblem(problem) }
  }
  const problem = withSaid(toProblem(error), facts)
  const { code } = problem
  if (cancelReasons.has(code)) return { do: 'end', state: 'cancelled', reason: code, error: null }
  // Its parts were tried as often as may be: no use in trying the run.
  if (code === 'BUDGET_SPENT') return { do: 'end', state: 'failed', reason: code, error: problem }
  if (code === 'APPEND_AFTER_PARTIAL') return { do: 'ask', state: 'held', reason: code, error: problem }
  if (code === 'OUTCOME_UNKNOWN') return { do: 'ask', state: 'needs_review', reason: code, error: problem }
  const { failure } = errorTable[code]
  if (failure === 'transient' || failure === 'rate_limit') {
    const afterMs = backoffMs(facts.tries + 1, facts.random, { baseMs: facts.backoffMs, mostMs: mostBackoffMs })
    const spent = failure === 'rate_limit' ? facts.tries : facts.tries + 1
    if (spent < facts.attempts && facts.elapsedMs + afterMs < facts.withinMs)
      return { do: 'wait', afterMs, tries: spent, reason: code, error: problem }
    const told = { ...problem, detail: `${problem.detail} Tried ${facts.tries + 1} times.` }
    return facts.said !== null
      ? { do: 'ask', state: 'blocked', reason: code, error: told }
      : { do: 'end', state: 'failed', reason: code, error: told }
  }
  const canBeHelped = facts.atDestination && (failure === 'auth' || failure === 'config')
  if (helped.has(code) || (canBeHelped && facts.said !== null)) return { do: 'ask', state: 'blocked', reason: code, error: problem }
  return { do: 'end', state: 'failed', reason: code, error: problem }
}

function withSaid(problem: Problem, { said }: StopFacts): Problem {
  return said === null ? problem : { ...problem, detail: `${problem.detail} ${said}` }
}

/** The destination wants to be left alone for longer than a worker keeps a run for it. */
export class WaitLonger extends Error {
  override readonly name = 'WaitLonger'
  readonly afterMs: number
  readonly problem: SegueError

  constructor(afterMs: number, problem: SegueError) {
    super(problem.detail)
    this.afterMs = afterMs
    this.problem = problem
  }
}

/** This process is being stopped; the run goes on elsewhere. */
export class HandOver extends Error {
  override readonly name = 'HandOver'
}
