import type { SpoolSession } from '../contract/reader.ts'
import type { DatasetLedger } from '../store/runs/run-changes.ts'
import { destinationDefinition } from './connections.ts'
import type { EngineDependencies } from './dependencies.ts'
import { writeFileLedgers } from './files/file-ledger.ts'
import { pinnedRun } from './pinned-run.ts'
import { writeRecordLedgers } from './records/record-ledger.ts'
import type { StoredRun } from './run-store.ts'

/** Writes the ledgers of a run that ends, whatever it delivers. `otherwise` is the code of what was not tried. */
export function writeLedgers(
  deps: EngineDependencies,
  found: StoredRun,
  otherwise: string,
  open: SpoolSession | null = null,
): Promise<readonly DatasetLedger[]> {
  const { kind } = destinationDefinition(deps, pinnedRun.parse(found.run.pinned).destination.type)
  return kind === 'file' ? writeFileLedgers(deps, found, otherwise) : writeRecordLedgers(deps, found, otherwise, open)
}
