/** What workers ask of the store about the runs that they have. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import { applyChanges } from './apply-changes.ts'
import { renewLease, type Claim, type Renewal } from './lease.ts'
import { listOpenParts, listSentFiles, type PartRow } from './parts.ts'
import type { RunChange } from './run-changes.ts'
import { listDatasets, type RunDatasetRow } from './run-datasets.ts'
import { findRun, type RunRow } from './runs.ts'

/** One transaction: renews the lease, then writes the changes; where the lease is lost, nothing is written. */
export async function commitChanges(db: Kysely<Tables>, claim: Claim, leaseMs: number, changes: readonly RunChange[]): Promise<Renewal> {
  return db.transaction().execute(async (trx) => {
    const renewal = await renewLease(trx, claim, leaseMs)
    if (renewal.kept) await applyChanges(trx, claim, changes)
    return renewal
  })
}

/** A run with its datasets, the parts that are not settled, and the number of its files that are visible. */
export async function loadStoredRun(
  db: Kysely<Tables>,
  id: string,
): Promise<{ run: RunRow; datasets: RunDatasetRow[]; open: PartRow[]; visible: number }> {
  const [run, datasets, open, sent] = await Promise.all([
    findRun(db, id),
    listDatasets(db, [id]),
    listOpenParts(db, id),
    listSentFiles(db, [id]),
  ])
  if (!run) throw new Error(`run ${id} is gone`)
  return { run, datasets, open, visible: sent.length }
}
