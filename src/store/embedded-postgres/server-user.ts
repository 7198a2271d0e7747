/** PostgreSQL refuses to run as root: the decision who runs it then. */
import type { ErrorCode } from '../../contract/errors.ts'

/** Who runs PostgreSQL's programs. */
export type ServerUser =
  | { readonly kind: 'ourselves' }
  | { readonly kind: 'other'; readonly uid: number; readonly gid: number; readonly name: string }
  /** Root's own user namespace: inside it the programs see themselves as `nobody`, on the disk they are root without its privileges. */
  | { readonly kind: 'namespace' }

export interface Refusal {
  readonly kind: 'refused'
  readonly code: ErrorCode
  readonly reason: string
}

/** How far somebody gets on the way to the data directory; `not runnable`: this machine runs nothing as that user. */
export type Reach = 'reached' | 'not runnable' | { readonly closed: string }

export interface Surroundings {
  readonly uid: number
  /** Owner of the cluster, where there is one. */
  readonly owner: { readonly uid: number; readonly gid: number } | null
  /** Text of /etc/passwd. */
  readonly passwd: string
  /** Whether the system knows a name for `uid`; initdb asks for it. */
  readonly hasName: boolean
  /** Tries it out; asked only where the answer matters. */
  readonly reach: (user: ServerUser) => Reach
}

/**
 * Who runs PostgreSQL. What is there is run by its owner, so that neither a user that appears later nor root helping an ordinary user
 * locks the data out. For a new cluster root takes `postgres`, else `nobody`, and the namespace where that user cannot reach it.
 */
export function decideServerUser(found: Surroundings): ServerUser | Refusal {
  if (found.uid !== 0) return decideForOrdinaryUser(found)
  if (found.owner?.uid === 0) return decideForDataOfRoot(found.reach({ kind: 'namespace' }))
  const user = findUser(found)
  if (user === null) {
    return refuse('STORE_USER_UNUSABLE', 'PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody.')
  }
  const reach = found.reach(user)
  if (reach === 'reached') return user
  if (found.owner === null && found.reach({ kind: 'namespace' }) === 'reached') return { kind: 'namespace' }
  const obstacle = reach === 'not runnable' ? 'as whom this machine runs nothing' : `who cannot enter ${reach.closed}`
  return refuse(
    'DATA_DIR_UNUSABLE',
    `Segue runs as root and PostgreSQL as ${user.name}, ${obstacle}. ` +
      'Choose a data directory that others can pass to, such as /var/lib/segue, or run Segue as an ordinary user.',
  )
}

function decideForOrdinaryUser({ uid, owner, hasName }: Surroundings): ServerUser | Refusal {
  if (owner === null && !hasName) {
    return refuse('STORE_USER_UNUSABLE', `The user id ${uid} has no name on this machine, and PostgreSQL needs one to make its files.`)
  }
  if (owner !== null && owner.uid !== uid) {
    return refuse('DATA_DIR_UNUSABLE', `The PostgreSQL data in it belongs to the user id ${owner.uid}, and this is ${uid}.`)
  }
  return { kind: 'ourselves' }
}

function decideForDataOfRoot(reach: Reach): ServerUser | Refusal {
  if (reach === 'reached') return { kind: 'namespace' }
  if (reach !== 'not runnable') {
    return refuse(
      'DATA_DIR_UNUSABLE',
      `The PostgreSQL data in it belongs to root, and PostgreSQL runs without root's privileges, so that it cannot enter ${reach.closed}.`,
    )
  }
  return refuse(
    'DATA_DIR_UNUSABLE',
    'The PostgreSQL data in it belongs to root. PostgreSQL does not run as root, and this machine does not let it run in a user namespace ' +
      '(unshare). Allow that, or give the data to an ordinary user with chown -R.',
  )
}

function findUser({ owner, passwd }: Surroundings): Extract<ServerUser, { kind: 'other' }> | null {
  const users = passwd.split('\n').map((line) => line.split(':'))
  const known = owner
    ? users.find(([, , uid]) => uid === String(owner.uid))
    : ['postgres', '_postgres', 'nobody'].map((wanted) => users.find(([name]) => name === wanted)).find((user) => user !== undefined)
  if (known) return { kind: 'other', uid: Number(known[2]), gid: Number(known[3]), name: known[0] ?? '' }
  return owner && { kind: 'other', ...owner, name: String(owner.uid) }
}

const refuse = (code: ErrorCode, reason: string): Refusal => ({ kind: 'refused', code, reason })
