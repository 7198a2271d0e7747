/** Runs programs as PostgreSQL's user, and finds out who that is on this machine. */
import { spawnSync } from 'node:child_process'
import { chownSync, lstatSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { SegueError } from '../../contract/errors.ts'
import type { EmbeddedPaths } from './paths.ts'
import type { Reach, ServerUser } from './server-user.ts'
import { decideServerUser } from './server-user.ts'

interface Invocation {
  readonly program: string
  readonly args: readonly string[]
  readonly options: { readonly uid?: number; readonly gid?: number; readonly cwd: string; readonly env: Record<string, string> }
}

/**
 * How to start a program as that user, with an environment that holds nothing of ours. `unshare` (util-linux) becomes the program: the
 * process id is the same inside the namespace and outside. Its user is `nobody`, because initdb wants one that has a name.
 */
export function runAs(user: ServerUser, program: string, args: readonly string[]): Invocation {
  const surroundings = { cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } }
  if (user.kind === 'ourselves') return { program, args, options: surroundings }
  if (user.kind === 'other') return { program, args, options: { uid: user.uid, gid: user.gid, ...surroundings } }
  const unshare = ['--user', '--map-user=65534', '--map-group=65534', '--', program, ...args]
  return { program: 'unshare', args: unshare, options: surroundings }
}

/** Makes that user the owner of a file or folder that we made. */
export function giveTo(user: ServerUser, path: string): void {
  if (user.kind === 'other') chownSync(path, user.uid, user.gid)
  if (user.kind === 'namespace') chownSync(path, 0, 0)
}

/** Who runs PostgreSQL for this data directory. Throws STORE_USER_UNUSABLE, and DATA_DIR_UNUSABLE where nobody could. */
export function serverUser(paths: EmbeddedPaths): ServerUser {
  const cluster = lstatSync(paths.cluster, { throwIfNoEntry: false })
  const user = decideServerUser({
    uid: process.getuid?.() ?? -1,
    owner: cluster ? { uid: cluster.uid, gid: cluster.gid } : null,
    passwd: readFileSync('/etc/passwd', 'utf8'),
    hasName: hasName(),
    reach: (candidate) => tryToReach([...withParents(paths.root), ...withParents(paths.sockets)], candidate),
  })
  if (user.kind === 'refused') throw new SegueError(user.code, user.reason)
  return user
}

function hasName(): boolean {
  try {
    userInfo()
    return true
  } catch {
    return false
  }
}

/** The folder and all above it, the highest first. */
function withParents(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [...withParents(parent), folder]
}

/** Enters one after the other. The first word shows that anything runs at all. */
function tryToReach(folders: readonly string[], user: ServerUser): Reach {
  const script = 'printf "runs "; for folder do cd -- "$folder" 2>/dev/null || { printf %s "$folder"; exit 1; }; done'
  const { program, args, options } = runAs(user, '/bin/sh', ['-c', script, 'sh', ...folders])
  const tried = spawnSync(program, args, { ...options, encoding: 'utf8' })
  if (tried.status === 0) return 'reached'
  return tried.stdout?.startsWith('runs ') ? { closed: tried.stdout.slice('runs '.length) } : 'not runnable'
}
