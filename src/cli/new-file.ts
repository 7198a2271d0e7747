/** Writing of a file that a person named: whole or not at all, and never over something by accident. */
import { randomUUID } from 'node:crypto'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { SegueError } from '../contract/errors.ts'

/**
 * Writes what `start` gives, which is called once the place is sure; gives the number of bytes. The file is its owner's to read: rows are
 * people's data. Where it fails, nothing of it is left, and a file that was to be replaced is as it was.
 *
 * @param options.force replace a file that is there
 * @throws NAME_TAKEN where it is there, INVALID where it cannot be written, NOT_FOUND without its folder, DISK_FULL; and what `start` throws
 */
export async function writeNewFile(
  path: string,
  start: () => Promise<AsyncIterable<Uint8Array>>,
  options: { readonly force: boolean; readonly signal: AbortSignal },
): Promise<number> {
  if (options.force) await refuseOtherThanFile(path)
  const place = options.force ? `${path}.${randomUUID()}.part` : path
  const file = await open(place, 'wx', 0o600).catch((error: unknown) => {
    throw fileError(path, error)
  })
  try {
    await file.writeFile(await start(), { signal: options.signal })
    const { size } = await file.stat()
    if (options.force) await rename(place, path)
    return size
  } catch (error) {
    await rm(place, { force: true })
    options.signal.throwIfAborted()
    throw fileError(path, error)
  } finally {
    await file.close()
  }
}

/** What is no file, such as /dev/null or a link, is never replaced by one. */
async function refuseOtherThanFile(path: string): Promise<void> {
  const facts = await lstat(path).catch(() => null)
  if (facts !== null && !facts.isFile()) throw new SegueError('INVALID', `${path} is not a file; --force replaces files only.`)
}

/** The errors of files in our codes; others as they are. */
function fileError(path: string, error: unknown): unknown {
  if (error instanceof SegueError || !(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error
  const cause = { cause: error }
  if (error.code === 'EEXIST') return new SegueError('NAME_TAKEN', `${path} is there already; --force replaces it.`, cause)
  if (error.code === 'ENOENT') return new SegueError('NOT_FOUND', `The folder of ${path} is not there.`, cause)
  if (error.code === 'ENOSPC') return new SegueError('DISK_FULL', `${path} cannot be written: the disk is full.`, cause)
  return new SegueError('INVALID', `${path} cannot be written (${String(error.code)}).`, cause)
}
