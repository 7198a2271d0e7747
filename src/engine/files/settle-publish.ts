import type { FileDestination } from '../../contract/destination.ts'
import { targetOf, type FilePart } from './file-part.ts'

/** What became of a file whose publishing was asked for: nobody wrote the answer down. */
export type PublishOutcome = 'published' | 'not_published' | 'unknown'

/**
 * Decides from what is at the destination. Both names gone is unknown: partners collect files at once (delivery.md, Publishing). While the temporary
 * file is there publishing is simply asked for again: that is done where the file has its final name already.
 *
 * @param temporary whether the temporary file is there
 * @param final the size of the file under the final name, or null
 * @param bytes the size of ours
 */
export function publishOutcome(temporary: boolean, final: number | null, bytes: number): PublishOutcome {
  if (temporary) return 'not_published'
  return final === bytes ? 'published' : 'unknown'
}

/** Looks at the destination and decides. */
export async function askPublished(destination: FileDestination, part: FilePart): Promise<PublishOutcome> {
  const { name, temporaryName } = targetOf(part)
  const temporary = await destination.stat(temporaryName)
  const final = await destination.stat(name)
  return publishOutcome(temporary !== null, final?.bytes ?? null, part.bytes)
}
