import { newId } from '../../src/contract/ids.ts'
import type { RunDocument } from '../../src/contract/runs.ts'

/** Counts of a run that has read nothing yet. */
export const noRows: RunDocument['counts'] = {
  queried: null,
  delivered: 0,
  rejected: 0,
  skipped: 0,
  unknown: 0,
  pending: 0,
  possibleDuplicate: 0,
  added: null,
  changed: null,
  removed: null,
  unchanged: null,
}

/** A run that has just been asked for, but for what the test says. */
export function runDocumentWith(change: Partial<RunDocument>): RunDocument {
  return {
    id: newId('run'),
    orchestration: 'nightly',
    state: 'queued',
    phase: null,
    trigger: 'manual',
    retryOf: null,
    scheduledAt: null,
    requestedAt: '2026-11-24T08:00:00.000Z',
    startedAt: null,
    endedAt: null,
    counts: noRows,
    datasets: [],
    files: [],
    warnings: [],
    reason: null,
    error: null,
    ...change,
  }
}
