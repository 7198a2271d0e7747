/** The runs that this process works on. */
import type { RunRow } from '../store/runs/runs.ts'
import type { EngineDependencies } from './dependencies.ts'
import { workRun } from './work-run.ts'

export interface OwnRuns {
  /** Works on a claimed run; never throws. */
  work(run: RunRow, claimedAtMs: number): Promise<void>
  /** Ends the work on one run, or on all, with that reason. */
  abort(reason: unknown, run?: string): void
  /** Resolves when the run is out of this process's hands; undefined where it does not have it. */
  done(run: string): Promise<void> | undefined
  /** Resolves when no run is left. */
  idle(): Promise<void>
}

export function createOwnRuns(deps: EngineDependencies): OwnRuns {
  const own = new Map<string, { readonly controller: AbortController; readonly done: Promise<void> }>()
  return {
    work(run, claimedAtMs) {
      const controller = new AbortController()
      const done = workRun(deps, run, claimedAtMs, controller)
        // Its lease ends, and another try is made.
        .catch((error: unknown) => deps.onWarning(`Run ${run.id} could not be worked on: ${String(error)}`))
        .finally(() => own.delete(run.id))
      own.set(run.id, { controller, done })
      return done
    },
    abort(reason, run) {
      for (const [id, { controller }] of own) if (run === undefined || run === id) controller.abort(reason)
    },
    done: (run) => own.get(run)?.done,
    async idle() {
      await Promise.all([...own.values()].map(({ done }) => done))
    },
  }
}
