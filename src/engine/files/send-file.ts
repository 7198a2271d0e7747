import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { FileDestination } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { temporaryName } from '../../templates/file-name.ts'
import type { FilePart } from './file-part.ts'
import type { FileWork } from './file-work.ts'

/** Sends a file from the spool to its temporary name; an earlier temporary file of it is removed first. Gives the part as it is then. */
export async function sendFile(work: FileWork, destination: FileDestination, part: FilePart, spoolPath: string): Promise<FilePart> {
  const { lease, deps, run, epoch, progress, definition } = work
  if (part.state === 'sending') await destination.discard(part.temporaryName)
  const target = { name: part.name, temporaryName: temporaryName(part.name, run, epoch) }
  await lease.write({ kind: 'sending', part: part.id, temporaryName: target.temporaryName })
  deps.reached('intent_written')
  // As in extract-files.ts: nobody would remove what a worker makes that has lost the run meanwhile.
  await lease.cover(0)
  const upload = await destination.begin(target)
  let sent = 0
  try {
    for await (const block of createReadStream(spoolPath, { highWaterMark: definition.capabilities.blockBytes }) as AsyncIterable<Buffer>) {
      lease.signal.throwIfAborted()
      await upload.write(block)
      sent += block.length
      progress.tell({ bytes: sent })
    }
    deps.reached('file_sent')
    await upload.stage({ bytes: part.bytes })
  } catch (error) {
    await upload.abort()
    throw error
  }
  deps.reached('file_staged')
  await lease.write({ kind: 'staged', part: part.id })
  return { ...part, state: 'staged', temporaryName: target.temporaryName }
}

/** Where the spool keeps the file of a dataset; null where it was rendered in place. Throws SPOOL_LOST where the run has no spool any more. */
export function spoolPathOf(spoolDir: string, spool: string | null, file: string | null | undefined): string | null {
  if (spool === null) throw new SegueError('SPOOL_LOST', 'The run has no spool any more.')
  return file === null || file === undefined ? null : join(spoolDir, spool, file)
}
