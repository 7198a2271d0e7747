import type { FileDestination, FileDestinationDefinition } from '../../contract/destination.ts'
import type { FileSettings } from '../../contract/files.ts'
import { openFileDestination } from '../connections.ts'
import type { RunWork } from '../run-work.ts'

/** A run that delivers files. */
export interface FileWork extends RunWork {
  readonly file: FileSettings
  readonly definition: FileDestinationDefinition
}

/** Opens the destination; it is closed when the run's work ends. */
export async function connect(work: FileWork): Promise<FileDestination> {
  const { deps, pinned, lease, open } = work
  const destination = await openFileDestination(deps, pinned.destination, pinned.settings, lease.signal)
  open.defer(() => destination.close().catch(() => undefined))
  return destination
}
