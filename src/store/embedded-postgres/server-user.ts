/** PostgreSQL refuses to run as root: who runs it then, and whether that user can reach the data directory. */
import { spawnSync } from 'node:child_process'
import { lstatSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { SegueError } from '../../contract/errors.ts'

export interface ServerUser {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

interface Surroundings {
  readonly uid: number
  /** Owner of the cluster, where there is one. */
  readonly owner: { readonly uid: number; readonly gid: number } | null
  /** Text of /etc/passwd. */
  readonly passwd: string
  /** Whether the system knows a name for `uid`; initdb asks for it. */
  readonly hasName: boolean
}

/**
 * The user that PostgreSQL runs as; null: the one that we are. Root's is the owner of the cluster (so that a user that appears later,
 * or root helping an ordinary user, does not lock the data out), else `postgres`, else `nobody`.
 * Throws STORE_USER_UNUSABLE, and DATA_DIR_UNUSABLE where the cluster belongs to somebody else.
 */
export function chooseServerUser({ uid, owner, passwd, hasName }: Surroundings): ServerUser | null {
  if (uid !== 0) {
    if (owner === null && !hasName) {
      throw new SegueError(
        'STORE_USER_UNUSABLE',
        `The user id ${uid} has no name on this machine, and PostgreSQL needs one to make its files.`,
      )
    }
    if (owner !== null && owner.uid !== uid) {
      throw new SegueError('DATA_DIR_UNUSABLE', `The PostgreSQL data in it belongs to the user id ${owner.uid}, and this is ${uid}.`)
    }
    return null
  }
  const users = passwd.split('\n').map((line) => line.split(':'))
  const entry = ([name, , uidText, gidText]: string[]): ServerUser => ({ uid: Number(uidText), gid: Number(gidText), name: name ?? '' })
  if (owner !== null) {
    const known = users.find((user) => user[2] === String(owner.uid))
    return known ? entry(known) : { ...owner, name: String(owner.uid) }
  }
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const user = users.find((fields) => fields[0] === name)
    if (user) return entry(user)
  }
  throw new SegueError(
    'STORE_USER_UNUSABLE',
    'PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody.',
  )
}

/** `chooseServerUser` for this process and this cluster. */
export function serverUser(cluster: string): ServerUser | null {
  const found = lstatSync(cluster, { throwIfNoEntry: false })
  return chooseServerUser({
    uid: process.getuid?.() ?? -1,
    owner: found ? { uid: found.uid, gid: found.gid } : null,
    passwd: readFileSync('/etc/passwd', 'utf8'),
    hasName: hasName(),
  })
}

function hasName(): boolean {
  try {
    userInfo()
    return true
  } catch {
    return false
  }
}

/** Tries, as that user, to enter the folder and each of its parents. Throws DATA_DIR_UNUSABLE naming the first that is closed to it. */
export function checkReachable(folder: string, user: ServerUser | null): void {
  if (user === null) return
  const folders = [folder]
  for (let parent = dirname(folder); parent !== folders[0]; parent = dirname(parent)) folders.unshift(parent)
  const script = 'for folder do cd -- "$folder" 2>/dev/null || { printf %s "$folder"; exit 1; }; done'
  const tried = spawnSync('/bin/sh', ['-c', script, 'sh', ...folders], { uid: user.uid, gid: user.gid, cwd: '/', encoding: 'utf8' })
  if (tried.status === 0) return
  throw new SegueError(
    'DATA_DIR_UNUSABLE',
    `Segue runs as root and PostgreSQL as ${user.name}, who cannot enter ${tried.stdout || folder}. ` +
      'Choose a data directory that others can pass to, such as /var/lib/segue, or run Segue as an ordinary user.',
  )
}
