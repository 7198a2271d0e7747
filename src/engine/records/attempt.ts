/** Makes one attempt to send a batch: the intent first, then the request, then what came of it (delivery.md, A run, step by step). */
import type { BatchAnswer } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { LeaseLost } from '../lease.ts'
import { decideAttempt, type AttemptFacts, type Next, type Outcome } from './decide-attempt.ts'
import { storedPart, type RecordPart } from './record-part.ts'
import type { Connection, RecordWork } from './record-work.ts'
import type { Refusals } from './refusals.ts'
import { verdictFileName, type Verdicts } from './verdict-file.ts'
import type { BatchLines, Window } from './window.ts'

/** What all attempts of a dataset share. */
export interface Delivery extends Connection {
  readonly work: RecordWork
  readonly dataset: string
  readonly refusals: Refusals
  /** Keeps verdicts where the ledger will look for them; durable when it resolves. */
  readonly keepVerdicts: (name: string, verdicts: Verdicts) => Promise<void>
  /** Attempts that met a rate limit, by part. */
  readonly limited: Map<string, number>
  readonly startedAtMs: number
}

type Answer = AttemptFacts['answer']

/**
 * `turn` is aborted when no further request is to begin. Throws its reason where this one has not begun, with nothing written; LeaseLost; never
 * for what the destination did: that is in what it gives.
 */
export async function attempt(delivery: Delivery, window: Window, part: RecordPart, turn: AbortController): Promise<Next> {
  const { work, pace } = delivery
  const { deps, lease, limits } = work
  // Asked for at once: with one request at a time, batches go in the order of their rows.
  const [taken, read] = await Promise.allSettled([pace.acquire(turn.signal), window.read(part)])
  if (taken.status === 'rejected') {
    if (read.status === 'fulfilled') read.value.giveBack()
    throw taken.reason
  }
  const release = taken.value
  let answer: Answer
  let outcome: Outcome
  try {
    if (read.status === 'rejected') throw read.reason
    await lease.write({ kind: 'sending', part: part.id })
    deps.reached('intent_written')
    await lease.cover(limits.requestMs)
    answer = await request(delivery, part, read.value)
    outcome = decide(delivery, part, read.value, answer)
    // Before the next request can take the place.
    if (outcome.next.do === 'pause') pace.pauseFor(outcome.next.afterMs)
    if (outcome.next.do === 'stop') turn.abort(outcome.next.error)
  } finally {
    release()
    if (read.status === 'fulfilled') read.value.giveBack()
  }
  deps.reached('batch_sent')
  if (lease.signal.reason instanceof LeaseLost) throw lease.signal.reason
  return settle(delivery, part, answer, outcome)
}

/**
 * Sends it. When the run is to end, a request on its way has some time to come to its own end; when the lease is lost, none. What is thrown is an
 * answer as well: it tells whether the rows may have arrived.
 */
async function request({ work, destination, dataset }: Delivery, part: RecordPart, { lines }: BatchLines): Promise<Answer> {
  const { deps, lease, limits, pinned, run } = work
  const ended = new AbortController()
  const late = (ms: number, error: SegueError): Promise<void> =>
    deps.sleep(ms, ended.signal).then(
      () => ended.abort(error),
      () => undefined,
    )
  const onAbort = (): void => {
    if (lease.signal.reason instanceof LeaseLost) ended.abort(lease.signal.reason)
    else void late(deps.timings.graceMs, new SegueError('DESTINATION_LOST', 'The run was ended before the destination had answered.'))
  }
  lease.signal.addEventListener('abort', onAbort, { once: true })
  if (lease.signal.aborted) onAbort()
  void late(limits.requestMs, new SegueError('ANSWER_TIMEOUT', `No answer within ${limits.requestMs / 1000} s.`))
  try {
    const { rows, attempts, stableId } = part
    const batch = { id: stableId, attempt: attempts + 1, rows, lines, now: pinned.now, run, dataset }
    return await destination.send(batch, ended.signal)
  } catch (error) {
    if (!(error instanceof SegueError) && !(error instanceof LeaseLost))
      deps.onWarning(`Run ${run}: a batch failed unexpectedly: ${String(error instanceof Error ? error.stack : error)}`)
    return { kind: 'thrown', error }
  } finally {
    lease.signal.removeEventListener('abort', onAbort)
    ended.abort()
  }
}

function decide({ work, refusals, limited, startedAtMs }: Delivery, part: RecordPart, { sent }: BatchLines, answer: Answer): Outcome {
  const { deps, limits, pinned } = work
  const judged = answer.kind === 'refused' ? refusals.refused(part) : 'halve'
  if (answer.kind === 'refused' && judged === 'hopeless') return decideHopeless(answer)
  return decideAttempt({
    part,
    sent,
    answer,
    limits,
    onUnknown: pinned.destination.onUnknown,
    policy: pinned.retry,
    elapsedMs: deps.clock().getTime() - startedAtMs,
    baseMs: deps.timings.backoffMs,
    limited: limited.get(part.id) ?? 0,
    mayHalve: judged === 'halve',
    random: deps.random,
  })
}

/** Nothing was ever accepted, whatever was sent: it is not about the rows. */
function decideHopeless({ reason }: Extract<BatchAnswer, { kind: 'refused' }>): Outcome {
  return {
    checkpoint: { state: 'pending', delivered: 0, rejected: 0, spends: false, possibleDuplicate: false, mayHaveArrived: false, reason },
    children: [],
    rejected: [],
    next: { do: 'stop', error: new SegueError('REQUEST_REFUSED', `Everything is refused, also single rows; the last time: ${reason}`) },
  }
}

async function settle(delivery: Delivery, part: RecordPart, answer: Answer, outcome: Outcome): Promise<Next> {
  const { work, refusals, limited } = delivery
  const { deps, lease, run, epoch } = work
  const { checkpoint, children, rejected, next } = outcome
  let verdictFile: string | null = null
  if (rejected.length > 0) {
    verdictFile = verdictFileName(run, epoch, part)
    const exchange = 'exchange' in answer ? answer.exchange : null
    await delivery.keepVerdicts(verdictFile, { part, rejected, exchange, at: deps.clock().toISOString() })
    deps.reached('verdicts_written')
  }
  await lease.write(
    ...(children.length === 0
      ? []
      : [{ kind: 'parts' as const, dataset: part.dataset, plannedTo: null, parts: children.map((child) => storedPart(child, part)) }]),
    { kind: 'checkpoint', checkpoint: { ...checkpoint, part: part.id, verdictFile } },
  )
  deps.reached('checkpoint_written')
  if (checkpoint.delivered > 0) refusals.accepted()
  refusals.adopt(children, part)
  if (next.do === 'pause') limited.set(part.id, (limited.get(part.id) ?? 0) + 1)
  if (checkpoint.state === 'sent' || checkpoint.state === 'split') {
    refusals.forget(part)
    limited.delete(part.id)
  }
  return next
}
