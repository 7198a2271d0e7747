import type { RunPhase, RunProgress } from '../contract/runs.ts'
import type { Lease } from './lease.ts'

/** The progress of a working run: told by its steps, written with the beats of its lease. */
export interface ProgressTeller {
  enter(phase: RunPhase, dataset: string): void
  tell(progress: { readonly rows?: number; readonly percent?: number | null; readonly bytes?: number }): void
}

export function startProgress(lease: Pick<Lease, 'tell'>): ProgressTeller {
  let progress: RunProgress = { phase: 'extracting', dataset: '', rows: 0, bytes: 0, percent: null }
  const say = (news: Partial<RunProgress>): void => {
    progress = { ...progress, ...news }
    lease.tell(progress)
  }
  return {
    enter: (phase, dataset) => say({ phase, dataset, rows: 0, bytes: 0, percent: null }),
    tell: say,
  }
}
