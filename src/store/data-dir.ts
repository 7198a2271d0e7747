/** The folder where an instance on this machine keeps what is its own: secret key, embedded PostgreSQL, spools. */
import { chmodSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { SegueError } from '../contract/errors.ts'

/** Where the data directory is when neither --data-dir nor SEGUE_DATA_DIR says so. `uid` is undefined where the system has none. */
export function defaultDataDir(env: Record<string, string | undefined>, platform: NodeJS.Platform, uid: number | undefined): string {
  if (platform === 'linux' && uid === 0) return '/var/lib/segue'
  const home = env['HOME'] || '/'
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'segue')
  // The XDG rules say that a relative path is to be ignored.
  const shared = env['XDG_DATA_HOME']?.startsWith('/') ? env['XDG_DATA_HOME'] : join(home, '.local', 'share')
  return join(shared, 'segue')
}

/**
 * Makes the data directory where it is missing, and returns its real path (without symbolic links).
 * For an ordinary user it is closed to others; root's lets others pass, because PostgreSQL refuses to run as root and its user
 * must reach its own folder in it: what is secret in it is closed file by file.
 * Throws DATA_DIR_UNUSABLE, which names the folder at fault.
 */
export function prepareDataDir(dir: string): string {
  makePrivateFolder(resolve(dir), process.getuid?.() === 0 ? 0o711 : 0o700)
  return realpathSync(dir)
}

/** Makes a folder and the parents that are missing, all with this mode whatever the umask is; one that is there stays as it is. */
export function makePrivateFolder(dir: string, mode: number): void {
  try {
    const first = mkdirSync(dir, { recursive: true, mode })
    if (first !== undefined) for (let made = dir; made.length >= first.length; made = dirname(made)) chmodSync(made, mode)
    if (!statSync(dir).isDirectory()) throw new SegueError('DATA_DIR_UNUSABLE', `${dir} is not a folder.`)
  } catch (error) {
    throw dataDirError(dir, error)
  }
}

/** The error of a failed system call in the data directory, for people. */
export function dataDirError(path: string, error: unknown): SegueError {
  if (error instanceof SegueError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  const reasons: Record<string, string> = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the disk is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: "the user's disk quota is used up",
    EEXIST: 'a file stands in the way',
    ENOTDIR: 'a part of the path is a file',
    ENAMETOOLONG: 'the path is too long',
  }
  return new SegueError('DATA_DIR_UNUSABLE', `${path}: ${reasons[code] ?? code}.`, { cause: error })
}
