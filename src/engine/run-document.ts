import type { RunCounts, RunDocument } from '../contract/runs.ts'
import type { Store } from '../store/open-store.ts'
import { listSentFiles, type PartRow } from '../store/runs/parts.ts'
import { listDatasets, type RunDatasetRow } from '../store/runs/run-datasets.ts'
import type { RunRow } from '../store/runs/runs.ts'
import { sumCounts } from './counts.ts'

function countsOfRow(row: RunDatasetRow): RunCounts {
  return {
    queried: row.queried === null ? null : Number(row.queried),
    delivered: Number(row.delivered),
    rejected: Number(row.rejected),
    skipped: Number(row.skipped),
    unknown: Number(row.unknown),
    pending: Number(row.pending),
    possibleDuplicate: Number(row.possible_duplicate),
    added: null,
    changed: null,
    removed: null,
    unchanged: null,
  }
}

/** Files that are visible at the destination. */
function filesOf(parts: readonly PartRow[], datasets: readonly RunDatasetRow[]): RunDocument['files'] {
  return parts
    .filter((part) => part.state === 'sent')
    .map((part) => ({
      dataset: datasets.find(({ number }) => number === part.dataset)?.name ?? '',
      name: part.name ?? '',
      rows: Number(part.rows ?? 0),
      bytes: Number(part.bytes ?? 0),
      sha256: part.sha256 ?? '',
    }))
}

/** The run as people and programs see it, put together from its rows. */
export function runDocumentOf(run: RunRow, datasets: readonly RunDatasetRow[], parts: readonly PartRow[]): RunDocument {
  const counts = datasets.map(countsOfRow)
  return {
    id: run.id,
    orchestration: run.orchestration_name,
    state: run.state,
    phase: run.phase,
    trigger: run.trigger,
    retryOf: run.retry_of,
    scheduledAt: run.scheduled_at?.toISOString() ?? null,
    requestedAt: run.requested_at.toISOString(),
    startedAt: run.started_at?.toISOString() ?? null,
    endedAt: run.ended_at?.toISOString() ?? null,
    counts: sumCounts(counts),
    datasets: datasets.map((dataset, index) => ({
      name: dataset.name,
      counts: counts[index] ?? countsOfRow(dataset),
      rejects: dataset.rejects,
    })),
    files: filesOf(parts, datasets),
    warnings: run.warnings,
    reason: run.reason,
    error: run.error === null ? null : { ...run.error },
  }
}

/** The documents of some runs, read with two statements whatever their number. */
export async function loadDocuments(store: Store, runs: readonly RunRow[]): Promise<RunDocument[]> {
  const ids = runs.map(({ id }) => id)
  const [datasets, parts] = await Promise.all([listDatasets(store.db, ids), listSentFiles(store.db, ids)])
  return runs.map((run) =>
    runDocumentOf(
      run,
      datasets.filter(({ run_id }) => run_id === run.id),
      parts.filter(({ run_id }) => run_id === run.id),
    ),
  )
}
