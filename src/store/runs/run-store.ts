/** What workers ask of the store about the runs that they have. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import { applyChanges } from './apply-changes.ts'
import { commitBatches, onlyBatches } from './commit-batches.ts'
import { renewLease, type Claim, type Renewal } from './lease.ts'
import { findPartialAppend } from './partial-appends.ts'
import { listChildren, listOpenParts, listSentFiles, pageParts, type PartRow } from './parts.ts'
import type { RunChange } from './run-changes.ts'
import { listDatasets, type RunDatasetRow } from './run-datasets.ts'
import { findRun, type RunRow } from './runs.ts'

/** The store as a worker sees it; what each call means is said in engine/run-store.ts. */
export function runStore(db: Kysely<Tables>) {
  return {
    commit(claim: Claim, leaseMs: number, changes: readonly RunChange[]): Promise<Renewal> {
      const batches = onlyBatches(changes)
      if (batches) return commitBatches(db, claim, leaseMs, batches)
      return db.transaction().execute(async (trx) => {
        const renewal = await renewLease(trx, claim, leaseMs)
        if (renewal.kept) await applyChanges(trx, claim, changes, renewal.cameBack)
        return renewal
      })
    },
    parts: (run: string, { after, limit }: { readonly after: string | null; readonly limit: number }) =>
      pageParts(db, run, { limit, after: after ?? undefined, state: undefined }),
    children: (run: string, parents: readonly string[]) => listChildren(db, run, parents),
    load: (run: string) => loadStoredRun(db, run),
    partialAppend: (orchestration: string, before: string) => findPartialAppend(db, orchestration, before),
  }
}

/** A run with its datasets, the parts that are not settled, and the number of its files that are visible. */
async function loadStoredRun(
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
