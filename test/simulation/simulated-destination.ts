/** A destination that takes rows, loses answers, refuses, limits, and dies for a while, by the seed. It keeps what took effect, and when. */
import type { BatchAnswer, RecordBatch, RecordDestination } from '../../src/contract/destination.ts'
import { SegueError } from '../../src/contract/errors.ts'
import type { VirtualTime } from '../helpers/virtual-time.ts'

export interface DestinationFaults {
  readonly honoursKeys: boolean
  /** Of requests, from 0 to 1. */
  readonly lost: number
  readonly failed: number
  readonly limited: number
  /** Refuses batches with a bad row as a whole; otherwise it gives a verdict per row. */
  readonly refusesBatches: boolean
}

export interface Effect {
  readonly row: number
  readonly atMs: number
  readonly key: string
}

const exchange = { request: 'POST', answer: '200' }
export const isBad = (row: number): boolean => row % 17 === 5

export interface SimulatedDestination {
  readonly effects: Effect[]
  readonly requests: { readonly epoch: string; readonly startedMs: number }[]
  /** As a worker of that epoch sees it; `alive` is false for one that has died: what it had sent may arrive all the same. */
  open(epoch: string, alive: () => boolean): RecordDestination
}

export function simulatedDestination(time: VirtualTime, faults: DestinationFaults): SimulatedDestination {
  const effects: Effect[] = []
  const requests: { epoch: string; startedMs: number }[] = []
  const done = new Map<string, BatchAnswer>()

  const take = (batch: RecordBatch): BatchAnswer => {
    const rows = Buffer.from(batch.lines)
      .toString()
      .split('\n')
      .map((line) => (JSON.parse(line) as { row: number }).row)
    const earlier = faults.honoursKeys ? done.get(batch.id) : undefined
    if (earlier) return earlier
    const bad = rows.flatMap((row, index) => (isBad(row) ? [index] : []))
    if (faults.refusesBatches && bad.length > 0) return { kind: 'refused', code: 'BATCH_REFUSED', reason: 'a row is bad', exchange }
    const again = rows.flatMap((row, index) => (!isBad(row) && time.random() < 0.01 ? [index] : []))
    for (const [index, row] of rows.entries())
      if (!isBad(row) && !again.includes(index)) effects.push({ row, atMs: time.monotonicMs(), key: batch.id })
    const answer: BatchAnswer = {
      kind: 'verdicts',
      rows: rows.length,
      exceptions: [
        ...bad.map((row) => ({ row, verdict: 'rejected' as const, code: 'BAD', reason: 'bad' })),
        ...again.map((row) => ({ row, verdict: 'retry' as const, code: 'LOCKED', reason: 'locked' })),
      ].toSorted((a, b) => a.row - b.row),
      exchange,
    }
    done.set(batch.id, answer)
    return answer
  }

  return {
    effects,
    requests,
    open: (epoch, alive) => ({
      async send(batch, signal) {
        requests.push({ epoch, startedMs: time.monotonicMs() })
        await time.sleep(time.random() * 40, signal)
        const fate = time.random()
        if (fate < faults.limited) {
          const retryAfterMs = time.random() < 0.3 ? 60_000 : 200
          return {
            kind: 'failed',
            failure: 'rate_limit',
            mayHaveArrived: false,
            code: 'RATE_LIMITED',
            reason: 'slow down',
            retryAfterMs,
            exchange,
          }
        }
        if (fate < faults.limited + faults.failed)
          return {
            kind: 'failed',
            failure: 'transient',
            mayHaveArrived: false,
            code: 'DESTINATION_FAILED',
            reason: '503',
            retryAfterMs: null,
            exchange,
          }
        const isLost = fate < faults.limited + faults.failed + faults.lost
        // A request whose answer is lost had arrived, or not.
        const answer = isLost && time.random() < 0.5 ? null : take(batch)
        await time.sleep(time.random() * 40, signal)
        if (!alive()) return new Promise<never>(() => undefined)
        if (answer === null || isLost) throw new SegueError('DESTINATION_LOST', 'The connection was cut.')
        return answer
      },
      close: () => Promise.resolve(),
    }),
  }
}
