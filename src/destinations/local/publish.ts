import { link, lstat, rename, unlink } from 'node:fs/promises'
import { SegueError } from '../../contract/errors.ts'
import { errorCode, localError } from './local-error.ts'
import { ignore } from './path-inside.ts'

/** File systems without hard links (FAT, some network and FUSE ones) answer link(2) with one of these. */
const noHardLinks: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** Puts the temporary file in the place of whatever file has the final name: one atomic step. */
export async function publishOver(temporary: string, final: string): Promise<void> {
  await rename(temporary, final).catch((error: unknown) => Promise.reject(publishError(error, temporary, final)))
}

/**
 * Gives the temporary file its final name unless something has that name: false then. link(2) refuses an existing name in the same
 * step that makes the new one, which rename(2) cannot; so two writers can never both win. A name that is this very file already
 * (an earlier try ended between link and unlink) counts as done.
 */
export async function publishBeside(temporary: string, final: string): Promise<boolean> {
  try {
    await link(temporary, final)
  } catch (error) {
    if (noHardLinks.has(errorCode(error))) return renameWhereFree(temporary, final)
    if (errorCode(error) !== 'EEXIST') throw publishError(error, temporary, final)
    if (!(await isSameFile(temporary, final))) return false
  }
  await unlink(temporary).catch(ignore('ENOENT'))
  return true
}

/** Without hard links: look, then rename. The file is whole all the same; only a file made in between would be replaced. */
async function renameWhereFree(temporary: string, final: string): Promise<boolean> {
  const there = await lstat(final).catch(ignore('ENOENT'))
  if (there !== undefined) return false
  await publishOver(temporary, final)
  return true
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([lstat(one, { bigint: true }), lstat(other, { bigint: true })])
    return a.dev === b.dev && a.ino === b.ino
  } catch (error) {
    throw publishError(error, one, other)
  }
}

function publishError(error: unknown, temporary: string, final: string): SegueError {
  if (errorCode(error) !== 'ENOENT') return localError(error, final)
  return new SegueError('DESTINATION_FAILED', `${temporary} is not there any more, so ${final} cannot be published.`, { cause: error })
}
