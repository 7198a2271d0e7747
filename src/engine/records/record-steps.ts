import type { SpoolSession } from '../../contract/reader.ts'
import type { DeliverySteps } from '../delivery-steps.ts'
import type { StoredRun } from '../run-store.ts'
import { deliverRecords, openRunSpool } from './deliver-records.ts'
import type { RecordWork } from './record-work.ts'

/** The steps of a run that delivers records. */
export function recordSteps(work: RecordWork): DeliverySteps {
  let spool: SpoolSession | null = null
  return {
    // The child of an aborted run is gone.
    spool: () => (work.lease.signal.aborted ? null : spool),
    async deliver() {
      spool = await openRunSpool(work)
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
