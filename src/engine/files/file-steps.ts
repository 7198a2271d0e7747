import type { DeliverySteps } from '../delivery-steps.ts'
import { deliverFiles } from './deliver-files.ts'
import { discardFiles } from './discard-files.ts'
import type { FileWork } from './file-work.ts'

/** The steps of a run that delivers files. */
export function fileSteps(work: FileWork): DeliverySteps {
  const { deps, pinned } = work
  return {
    spool: () => null,
    deliver: () => deliverFiles(work),
    said: ({ visible, open }) =>
      visible === 0 ? null : `${visible} of ${visible + open.length} files are visible at the destination and stay there.`,
    discard: ({ open }) => discardFiles(deps, pinned, open),
  }
}
