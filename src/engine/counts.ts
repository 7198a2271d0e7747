/** Arithmetic of counts: queried = delivered + rejected + skipped + unknown + pending, always, once extraction has ended. */
import type { RunCounts } from '../contract/runs.ts'

/** What is counted of a dataset. */
type DatasetSums = Pick<RunCounts, 'queried' | 'delivered' | 'rejected' | 'skipped' | 'unknown' | 'pending' | 'possibleDuplicate'>

/** The sum over datasets; `queried` is null until every dataset was extracted. */
export function sumCounts(all: readonly DatasetSums[]): RunCounts {
  const sum = (pick: (counts: DatasetSums) => number): number => all.reduce((total, counts) => total + pick(counts), 0)
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
