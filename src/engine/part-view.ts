import type { PartView } from '../contract/runs.ts'
import type { PartRow } from '../store/runs/parts.ts'
import type { RunDatasetRow } from '../store/runs/run-datasets.ts'

const orNull = (count: string | null): number | null => (count === null ? null : Number(count))

/** A part as people see it. */
export function partViewOf(part: PartRow, datasets: readonly RunDatasetRow[]): PartView {
  return {
    id: part.id,
    dataset: datasets.find(({ number }) => number === part.dataset)?.name ?? '',
    state: part.state,
    name: part.name,
    from: orNull(part.from_row),
    to: orNull(part.to_row),
    rows: orNull(part.rows),
    delivered: Number(part.delivered),
    rejected: Number(part.rejected),
    attempts: part.attempts,
    possibleDuplicate: part.possible_duplicate,
    reason: part.reason,
  }
}
