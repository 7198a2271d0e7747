import { lstat, mkdir, realpath } from 'node:fs/promises'
import { join, relative, sep, isAbsolute } from 'node:path'
import { SegueError } from '../../contract/errors.ts'
import { splitName } from '../target-name.ts'
import { errorCode, localError } from './local-error.ts'

export interface PathInside {
  readonly path: string
  /** The folder that holds it and those above, up to the base folder: what has to be synced for the name to be durable. */
  readonly folders: readonly string[]
}

/**
 * The path of a name below a base folder. Each folder on the way is looked at: a symbolic link may lead to another place below the
 * base, never out of it. With `make`, folders of the name that are missing are made; the base folder itself has to be there.
 * Throws FILE_NAME_INVALID, FOLDER_MISSING, PERMISSION_DENIED, DISK_FULL.
 */
export async function pathInside(base: string, name: string, make: boolean): Promise<PathInside> {
  const { folders, file } = splitName(name)
  const root = await realpath(base).catch((error: unknown) => Promise.reject(localError(error, base)))
  const above = [root]
  let folder = root
  for (const segment of folders) {
    folder = await enter(root, join(folder, segment), make)
    above.unshift(folder)
  }
  return { path: join(folder, file), folders: above }
}

/** The real path of one folder on the way; a missing one stays as it is unless it is to be made. */
async function enter(root: string, folder: string, make: boolean): Promise<string> {
  try {
    if (make) await mkdir(folder).catch(ignore('EEXIST'))
    const facts = await lstat(folder)
    if (!facts.isSymbolicLink()) return folder
    const real = await realpath(folder)
    if (isBelow(root, real)) return real
  } catch (error) {
    if (!make && errorCode(error) === 'ENOENT') return folder
    throw localError(error, folder)
  }
  throw new SegueError('PERMISSION_DENIED', `${folder} is a symbolic link that leads out of ${root}.`)
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** For `catch`: one expected error code is no failure. */
export function ignore(code: string): (error: unknown) => void {
  return (error) => {
    if (errorCode(error) !== code) throw error
  }
}
