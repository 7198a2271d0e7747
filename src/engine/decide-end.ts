/** Decides how a run ends that delivered what it could; work-run.ts acts on it. */
import { SegueError } from '../contract/errors.ts'

/** The final state of a run with nothing pending. Rows of unknown outcome are no success: a person decides about them first (OUTCOME_UNKNOWN). */
export function stateOfDelivered(counts: { readonly rejected: number; readonly unknown: number }): 'succeeded' | 'succeeded_with_rejects' {
  if (counts.unknown > 0) throw new SegueError('OUTCOME_UNKNOWN', `It is not known whether ${counts.unknown} rows arrived.`)
  return counts.rejected > 0 ? 'succeeded_with_rejects' : 'succeeded'
}

/** Refuses, before anything is published, a run of which no row was accepted (delivery.md, States). */
export function checkSomethingAccepted(queried: number, written: number): void {
  if (queried > 0 && written === 0) throw new SegueError('ALL_REJECTED', `All ${queried} rows were rejected; nothing was delivered.`)
}
