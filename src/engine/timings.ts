import { SegueError } from '../contract/errors.ts'

/** The times of leases and requests, in milliseconds (delivery.md, Leases). */
export interface Timings {
  readonly leaseMs: number
  /** How often the lease is renewed, progress is written and a wish to cancel is heard. */
  readonly beatMs: number
  /** The longest that a request to a record destination may take; a destination may set less. */
  readonly requestMs: number
  /** The longest that a commit (a rename, the end of an upload) may take; a destination's own limit is less, or this is. A longer one than the lease makes that longer. */
  readonly commitMs: number
  /** What is left of the lease when a request has used all of its time. */
  readonly marginMs: number
  /** How often a worker looks for runs that nobody told it of. */
  readonly pollMs: number
  /** A run gives its place away when it has to wait longer than that before its next request. */
  readonly longWaitMs: number
  /** The first wait of a run or a batch that failed, at most; twice as much after each further failure. */
  readonly backoffMs: number
  /** How long requests on their way may take to end when a run is cancelled. */
  readonly graceMs: number
  /** How long a person may take to decide about a run that waits for one. */
  readonly decideMs: number
}

const hourMs = 3_600_000

export const usualTimings: Timings = {
  leaseMs: 30_000,
  beatMs: 500,
  requestMs: 15_000,
  commitMs: 600_000,
  marginMs: 1_000,
  pollMs: 2_000,
  longWaitMs: 30_000,
  backoffMs: 2_000,
  graceMs: 2_000,
  decideMs: 72 * hourMs,
}

/** Throws SETTING_INVALID where a request could outlast the lease that covers it. */
export function checkTimings({ leaseMs, beatMs, requestMs, marginMs }: Timings): void {
  if (leaseMs >= requestMs + beatMs + marginMs) return
  throw new SegueError(
    'SETTING_INVALID',
    `A lease of ${leaseMs} ms is shorter than a request, a beat and a margin (${requestMs} + ${beatMs} + ${marginMs} ms).`,
  )
}
