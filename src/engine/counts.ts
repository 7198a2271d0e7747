/** Arithmetic of counts: queried = delivered + rejected + skipped + unknown + pending, always, once extraction has ended. */
import type { RunCounts } from '../contract/runs.ts'
import type { DatasetCounts } from '../store/runs/run-datasets.ts'

/** How one dataset stands while its run works. */
export interface DatasetStanding {
  /** What was written and what was refused; null before its extraction ended. */
  readonly extracted: { readonly written: number; readonly rejected: number } | null
  /** Whether its rows can be seen at the destination; `unknown` where nobody heard the answer. */
  readonly outcome: 'waiting' | 'visible' | 'unknown'
}

/** The counts of a dataset. In a final run nothing is pending: what is not visible was skipped. */
export function countsOf({ extracted, outcome }: DatasetStanding, final: boolean): DatasetCounts {
  if (!extracted) return { queried: null, delivered: 0, rejected: 0, skipped: 0, unknown: 0, pending: 0 }
  const { written, rejected } = extracted
  const waiting = outcome === 'waiting' ? written : 0
  return {
    queried: written + rejected,
    delivered: outcome === 'visible' ? written : 0,
    rejected,
    skipped: final ? waiting : 0,
    unknown: outcome === 'unknown' ? written : 0,
    pending: final ? 0 : waiting,
  }
}

/** The sum over datasets; `queried` is null until every dataset was extracted. */
export function sumCounts(all: readonly (DatasetCounts & { readonly possibleDuplicate: number })[]): RunCounts {
  const sum = (pick: (counts: DatasetCounts & { readonly possibleDuplicate: number }) => number): number =>
    all.reduce((total, counts) => total + pick(counts), 0)
  return {
    queried: all.length > 0 && all.every((counts) => counts.queried !== null) ? sum((counts) => counts.queried ?? 0) : null,
    delivered: sum((counts) => counts.delivered),
    rejected: sum((counts) => counts.rejected),
    skipped: sum((counts) => counts.skipped),
    unknown: sum((counts) => counts.unknown),
    pending: sum((counts) => counts.pending),
    possibleDuplicate: sum((counts) => counts.possibleDuplicate),
    added: null,
    changed: null,
    removed: null,
    unchanged: null,
  }
}
