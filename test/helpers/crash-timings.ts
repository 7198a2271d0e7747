import type { Timings } from '../../src/engine/timings.ts'

/** A lease of 2 s, and everything else to fit: what takes minutes takes seconds. */
export const crashTimings: Timings = {
  leaseMs: 2_000,
  beatMs: 250,
  requestMs: 1_000,
  commitMs: 1_000,
  marginMs: 200,
  pollMs: 250,
  longWaitMs: 1_500,
  backoffMs: 50,
  graceMs: 1_000,
  decideMs: 3_600_000,
}
