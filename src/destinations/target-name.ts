import { SegueError } from '../contract/errors.ts'

/** Control characters end lines, colour terminals and cut C strings; a backslash parts folders on some servers. */
const unsafe = /[\p{Cc}\\]/u

/**
 * The folders and the last part of a name that is relative to a destination's folder. The names were checked when they were
 * rendered; this is the last guard before the name meets a file system, so that none can point outside of the folder.
 * Throws FILE_NAME_INVALID.
 */
export function splitName(name: string): { readonly folders: readonly string[]; readonly file: string } {
  const segments = name.split('/')
  const bad = segments.find((segment) => segment === '' || segment === '.' || segment === '..' || unsafe.test(segment))
  const file = segments.pop()
  if (bad !== undefined || file === undefined) {
    throw new SegueError('FILE_NAME_INVALID', `${JSON.stringify(name)} cannot be a file name below the folder of the destination.`)
  }
  return { folders: segments, file }
}
