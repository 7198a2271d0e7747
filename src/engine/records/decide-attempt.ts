/** Decides what an attempt to send a batch means: for the part, for its rows, and for what is sent next. Attempt.ts acts on it. */
import type { BatchAnswer, RecordLimits, RowVerdict } from '../../contract/destination.ts'
import { errorTable, SegueError, type ErrorEntry } from '../../contract/errors.ts'
import type { Checkpoint } from '../../store/runs/run-changes.ts'
import { decideRetry, type FailedAttempt, type Retry } from './decide-retry.ts'
import { halve, type BatchRange } from './halve.ts'
import { childPart, ordinalOf, type RecordPart } from './record-part.ts'

/** A row that was not delivered, for good. */
export interface RejectedByDestination {
  readonly row: number
  readonly code: string
  readonly reason: string
}

export interface AttemptFacts {
  readonly part: RecordPart
  /** The rows as they were sent; `ordinals` is set wherever not all rows of the range were. */
  readonly sent: BatchRange
  readonly answer: BatchAnswer | { readonly kind: 'thrown'; readonly error: unknown }
  readonly limits: Pick<RecordLimits, 'idempotent'>
  readonly onUnknown: 'resend' | 'hold'
  readonly policy: { readonly attempts: number; readonly withinMs: number }
  readonly elapsedMs: number
  readonly baseMs: number
  /** Attempts of the part that met a rate limit before this one. */
  readonly limited: number
  /** False where so many requests were refused for the batch that this is a piece of that its rows are not looked for one by one any more. */
  readonly mayHalve: boolean
  readonly random: () => number
}

/** What is done next, beside writing the checkpoint. */
export type Next =
  | { readonly do: 'go_on'; readonly parts: readonly RecordPart[]; readonly afterMs: number }
  /** The whole destination account rests for so long, then the parts are sent. */
  | { readonly do: 'pause'; readonly parts: readonly RecordPart[]; readonly afterMs: number }
  /** The run cannot go on. */
  | { readonly do: 'stop'; readonly error: SegueError }

export interface Outcome {
  readonly checkpoint: Omit<Checkpoint, 'part' | 'verdictFile'>
  readonly children: readonly RecordPart[]
  readonly rejected: readonly RejectedByDestination[]
  readonly next: Next
}

export function decideAttempt(facts: AttemptFacts): Outcome {
  const { answer } = facts
  if (answer.kind === 'verdicts') return decideVerdicts(facts, answer.rows, answer.exceptions)
  if (answer.kind === 'refused') return decideRefused(facts, answer.code, answer.reason)
  return decideFailed(facts, failureOf(answer), answer.kind === 'failed' ? answer.reason : textOf(answer.error))
}

function decideVerdicts(facts: AttemptFacts, rows: number, exceptions: readonly RowVerdict[]): Outcome {
  const { part, sent, policy } = facts
  if (rows !== part.rows || exceptions.length > rows) {
    const reason = `It tells of ${rows} rows, and ${part.rows} were sent.`
    return decideFailed(facts, { kind: 'config', mayHaveArrived: true, code: 'ANSWER_INVALID', retryAfterMs: null }, reason)
  }
  const again = exceptions.filter(({ verdict }) => verdict === 'retry')
  const isSpent = part.spent + 1 >= policy.attempts
  const rejected = exceptions
    .filter(({ verdict }) => isSpent || verdict === 'rejected')
    .map((verdict): RejectedByDestination => ({
      row: ordinalOf(sent, verdict),
      code: verdict.code,
      reason: verdict.verdict === 'retry' ? `${verdict.reason} (after ${part.attempts + 1} attempts)` : verdict.reason,
    }))
  const settled = {
    delivered: rows - exceptions.length,
    rejected: rejected.length,
    possibleDuplicate: isDoubtful(facts),
    mayHaveArrived: false,
  }
  if (again.length === 0 || isSpent) return settle(settled, rejected)
  const ordinals = again.map((verdict) => ordinalOf(sent, verdict))
  const child = childPart(part, { from: ordinals[0] ?? part.from, to: (ordinals.at(-1) ?? part.from) + 1, ordinals }, part.spent + 1)
  const retry = decideRetry({
    ...facts,
    failure: { kind: 'transient', mayHaveArrived: false, code: again[0]?.code ?? 'ROW_REJECTED', retryAfterMs: null },
    spent: part.spent,
    idempotent: facts.limits.idempotent,
  })
  const afterMs = retry.do === 'again' ? retry.afterMs : 0
  return {
    checkpoint: { ...settled, state: 'split', spends: true, reason: null },
    children: [child],
    rejected,
    next: { do: 'go_on', parts: [child], afterMs },
  }
}

function decideRefused(facts: AttemptFacts, code: string, reason: string): Outcome {
  const { part, sent, mayHalve } = facts
  const nothing = { delivered: 0, rejected: 0, possibleDuplicate: false, mayHaveArrived: false }
  const halves = mayHalve ? halve(sent) : null
  if (halves === null) {
    const why = part.rows === 1 ? reason : `${reason} (the batch was refused as a whole; its ${part.rows} rows were not tried one by one)`
    const rejected = rowsOf(sent).map((row): RejectedByDestination => ({ row, code, reason: why }))
    return settle({ ...nothing, rejected: part.rows }, rejected)
  }
  const children = halves.map((half) => childPart(part, half, part.spent))
  return {
    checkpoint: { ...nothing, state: 'split', spends: false, reason },
    children,
    rejected: [],
    next: { do: 'go_on', parts: children, afterMs: 0 },
  }
}

function decideFailed(facts: AttemptFacts, failure: FailedAttempt, reason: string): Outcome {
  const { part, limits, limited, policy } = facts
  const retry = decideRetry({ ...facts, failure, spent: part.spent, limited, policy, idempotent: limits.idempotent })
  if (retry.do === 'halve') return decideRefused(facts, failure.code, reason)
  const mayHaveArrived = failure.mayHaveArrived
  const possibleDuplicate = mayHaveArrived && !limits.idempotent && retry.do !== 'review'
  const settled = { delivered: 0, rejected: 0, possibleDuplicate, mayHaveArrived }
  const spends = retry.do === 'again' && retry.spends
  const next = {
    ...part,
    attempts: part.attempts + 1,
    spent: part.spent + (spends ? 1 : 0),
    possibleDuplicate: part.possibleDuplicate || possibleDuplicate,
    mayHaveArrived: part.mayHaveArrived || mayHaveArrived,
  }
  const outcome = (state: Checkpoint['state'], then: Next): Outcome => ({
    checkpoint: { ...settled, state, spends, reason },
    children: [],
    rejected: [],
    next: then,
  })
  return outcome(stateAfter(retry), nextAfter(retry, next, reason))
}

/** A part that is given up stays open to a retry run; where it may have arrived, the end of the run makes it unknown. */
function stateAfter(retry: Retry): Checkpoint['state'] {
  if (retry.do === 'review') return 'unknown'
  return retry.do === 'give_up' ? 'failed' : 'pending'
}

function nextAfter(retry: Retry, part: RecordPart, reason: string): Next {
  switch (retry.do) {
    case 'again':
      return { do: 'go_on', parts: [part], afterMs: retry.afterMs }
    case 'pause':
      return { do: 'pause', parts: [part], afterMs: retry.afterMs }
    case 'review':
      return { do: 'go_on', parts: [], afterMs: 0 }
    case 'block':
    case 'give_up':
      return { do: 'stop', error: stopError(retry.code, part, reason) }
    case 'halve':
      throw new Error('a refused batch is halved before')
  }
}

function stopError(code: string, { attempts }: RecordPart, reason: string): SegueError {
  const known = Object.hasOwn(errorTable, code) ? (code as keyof typeof errorTable) : 'REQUEST_REFUSED'
  return new SegueError(
    known,
    known === 'BUDGET_SPENT' ? `A batch failed ${attempts} times; the last time: ${reason}` : `${reason}.`.replace(/\.\.$/, '.'),
  )
}

function settle(
  settled: Pick<Checkpoint, 'delivered' | 'rejected' | 'possibleDuplicate' | 'mayHaveArrived'>,
  rejected: readonly RejectedByDestination[],
): Outcome {
  return {
    checkpoint: { ...settled, state: 'sent', spends: false, reason: null },
    children: [],
    rejected,
    next: { do: 'go_on', parts: [], afterMs: 0 },
  }
}

/** Rows that are delivered now, and may have been delivered by an attempt before. */
function isDoubtful({ part, limits }: AttemptFacts): boolean {
  return !limits.idempotent && (part.possibleDuplicate || part.mayHaveArrived)
}

function rowsOf({ from, to, ordinals }: BatchRange): readonly number[] {
  return ordinals ?? Array.from({ length: to - from }, (_, index) => from + index)
}

function failureOf(answer: Exclude<AttemptFacts['answer'], { kind: 'verdicts' | 'refused' }>): FailedAttempt {
  if (answer.kind === 'failed') {
    const { failure, mayHaveArrived, code, retryAfterMs } = answer
    return { kind: failure, mayHaveArrived, code, retryAfterMs }
  }
  const { error } = answer
  if (!(error instanceof SegueError)) return { kind: 'bug', mayHaveArrived: true, code: 'INTERNAL', retryAfterMs: null }
  const entry: ErrorEntry = errorTable[error.code]
  return { kind: entry.failure, mayHaveArrived: entry.mayHaveArrived ?? false, code: error.code, retryAfterMs: null }
}

function textOf(error: unknown): string {
  return error instanceof SegueError ? error.detail : 'An unexpected error; the log has the details.'
}
