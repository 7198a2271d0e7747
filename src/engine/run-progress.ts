import { SegueError } from '../contract/errors.ts'
import type { RunPhase, RunProgress } from '../contract/runs.ts'
import type { RunLedger } from './run-ledger.ts'

const tickMs = 500

/** The progress of a working run: told by its steps, kept in the store twice a second. */
export interface ProgressTicker {
  enter(phase: RunPhase, dataset: string): void
  tell(progress: { readonly rows?: number; readonly percent?: number | null; readonly bytes?: number }): void
  stop(): void
}

/** Keeps progress, and stops the run by the controller when somebody asked for that or the run is not ours any more. */
export function startProgress(ledger: RunLedger, controller: AbortController): ProgressTicker {
  let progress: RunProgress = { phase: 'extracting', dataset: '', rows: 0, bytes: 0, percent: null }
  let asking = false
  const tick = async (): Promise<void> => {
    if (asking) return
    asking = true
    try {
      const answer = await ledger.progress(progress)
      if (answer === null) controller.abort(new SegueError('PROCESS_DIED', 'The run was taken from this process.'))
      else if (answer.cancelRequested) controller.abort(new SegueError('RUN_CANCELLED', 'Cancelled.'))
    } catch (error) {
      // The store may be restarting; the steps themselves wait for it, and the next tick asks again.
      if (!(error instanceof SegueError && error.code === 'STORE_UNAVAILABLE')) controller.abort(error)
    } finally {
      asking = false
    }
  }
  const timer = setInterval(() => void tick(), tickMs)
  return {
    enter: (phase, dataset) => {
      progress = { phase, dataset, rows: 0, bytes: 0, percent: null }
    },
    tell: (news) => {
      progress = { ...progress, ...news }
    },
    stop: () => clearInterval(timer),
  }
}
