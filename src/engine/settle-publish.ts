import type { FileDestination, FileTarget } from '../contract/destination.ts'

/** What became of a file whose publishing was begun: nobody heard the answer. */
export type PublishOutcome = 'published' | 'not_published' | 'unknown'

/**
 * Decides from what is at the destination. Both names gone is unknown: partners collect files at once (delivery.md, Publishing).
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
export async function askPublished(destination: FileDestination, target: FileTarget, bytes: number): Promise<PublishOutcome> {
  const temporary = await destination.stat(target.temporaryName)
  const final = await destination.stat(target.name)
  return publishOutcome(temporary !== null, final?.bytes ?? null, bytes)
}
