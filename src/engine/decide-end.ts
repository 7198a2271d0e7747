/** Decides how a run ends; execute-run.ts acts on it. */
import { SegueError, toProblem, type Problem } from '../contract/errors.ts'
import type { RunState } from '../contract/runs.ts'

export interface RunEnding {
  readonly state: Extract<RunState, 'succeeded' | 'succeeded_with_rejects' | 'failed' | 'cancelled'>
  readonly reason: string | null
  readonly error: Problem | null
}

/** A run whose files are all visible. Rows of unknown outcome would not be a success. */
export function endingOfDelivered(counts: { readonly rejected: number; readonly unknown: number }): RunEnding {
  if (counts.unknown > 0) {
    const error = new SegueError('DESTINATION_FAILED', `It is not known whether ${counts.unknown} rows arrived.`)
    return { state: 'failed', reason: error.code, error: toProblem(error) }
  }
  return { state: counts.rejected > 0 ? 'succeeded_with_rejects' : 'succeeded', reason: null, error: null }
}

/** A run that was stopped by an error. */
export function endingOfError(error: unknown, visible: { readonly published: number; readonly files: number }): RunEnding {
  const problem = toProblem(error)
  if (problem.code === 'RUN_CANCELLED') return { state: 'cancelled', reason: problem.code, error: null }
  if (visible.published === 0) return { state: 'failed', reason: problem.code, error: problem }
  const detail = `${problem.detail} ${visible.published} of ${visible.files} files are visible at the destination and stay there.`
  return { state: 'failed', reason: problem.code, error: { ...problem, detail } }
}

/** Refuses, before anything is published, a run of which no row was accepted (delivery.md, States). */
export function checkSomethingAccepted(queried: number, written: number): void {
  if (queried > 0 && written === 0) throw new SegueError('ALL_REJECTED', `All ${queried} rows were rejected; nothing was published.`)
}
