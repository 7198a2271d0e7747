/** Which failures of PostgreSQL mean "not now, ask again", and how they are told to people. */
import { SegueError } from '../contract/errors.ts'

/** Socket errors of a server that is not up, is restarting, or was cut off. */
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
])

/** SQLSTATEs of the same: shut down, crashed, starting up, out of connections, too long idle in a transaction; class 08 are the connection exceptions. */
const sqlStates = new Set(['57P01', '57P02', '57P03', '53300', '25P03'])

/** The driver gives these no code. */
const driverTexts =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed|Client is not queryable)/

/** True where the connection failed rather than a statement: whether the statement ran is not known. */
export function isConnectionTrouble(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  if (error instanceof AggregateError) return error.errors.every(isConnectionTrouble)
  return socketCodes.has(code) || sqlStates.has(code) || /^08...$/.test(code) || driverTexts.test(error.message)
}

/** STORE_UNAVAILABLE for a store at `place` (host and database, never the whole address: that may hold a password). */
export function storeUnavailable(place: string, error: unknown): SegueError {
  return error instanceof SegueError
    ? error
    : new SegueError('STORE_UNAVAILABLE', `PostgreSQL at ${place} ${reasonOf(error)}.`, { cause: error })
}

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === '28P01' || code === '28000') return 'refuses the sign-in of that user'
  if (code === '3D000') return 'has no such database'
  if (code === '42501') return 'does not permit it to this role'
  if (code === '53300') return 'has no connection left'
  if (code === 'ENOTFOUND') return 'cannot be found: the host name is not known'
  if (isConnectionTrouble(error)) return code === '' ? 'does not answer: the connection was lost' : `does not answer (${code})`
  return code === '' ? 'cannot be used' : `cannot be used (${code})`
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
