import type { DeliverySteps } from '../delivery-steps.ts'
import type { StoredRun } from '../run-store.ts'
import { deliverRecords } from './deliver-records.ts'
import type { RecordWork } from './record-work.ts'
import { prepareSpool, type RunSpool } from './run-spool.ts'

/** The steps of a run that delivers records. */
export function recordSteps(work: RecordWork): DeliverySteps {
  let spool: RunSpool | null = null
  return {
    // The child of an aborted run is gone.
    spool: () => (work.lease.signal.aborted ? null : (spool?.opened() ?? null)),
    async deliver() {
      spool = await prepareSpool(work)
      await deliverRecords(work, spool)
    },
    said: saidOf,
    // A request leaves nothing half-done behind: what was on its way is delivered, or unknown.
    discard: () => Promise.resolve([]),
  }
}

function saidOf({ datasets }: StoredRun): string | null {
  const sum = (pick: (dataset: StoredRun['datasets'][number]) => string | null): number =>
    datasets.reduce((total, dataset) => total + Number(pick(dataset) ?? 0), 0)
  const delivered = sum((dataset) => dataset.delivered)
  return delivered === 0 ? null : `${delivered} of ${sum((dataset) => dataset.queried)} rows were delivered.`
}
