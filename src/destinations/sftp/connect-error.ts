import type { AuthenticationType } from 'ssh2'
import { SegueError } from '../../contract/errors.ts'
import { printable } from './sftp-error.ts'

/** How far a connection came, for the message of its failure. */
export interface Progress {
  readonly server: string
  readonly user: string
  /** Ways of signing in that were tried, and those that the server named last. */
  readonly tried: ReadonlySet<AuthenticationType>
  readonly offered: readonly AuthenticationType[]
}

/** True where the server has no key of the kind that was asked for; ssh2 says it in words only, and they are kept in the message. */
export function isNoMatchingHostKey(error: Error): boolean {
  return /no matching host key/i.test(error.message)
}

/** The failure of a connection that is not signed in yet, by what ssh2 says of it (`level`) and by how far it came. */
export function connectError(error: Error, progress: Progress): SegueError {
  if (error instanceof SegueError) return error
  const { server, tried } = progress
  const level = 'level' in error ? error.level : undefined
  const text = printable(error.message)
  if (level === 'client-timeout') return new SegueError('DESTINATION_UNREACHABLE', `${server}: no answer during sign-in.`, { cause: error })
  if (level === 'client-socket') return new SegueError('DESTINATION_LOST', `${server}: ${text}.`, { cause: error })
  // Servers end the connection themselves after too many tries, and say so in words of their own.
  const refused = level === 'client-authentication' || (tried.size > 1 && level === undefined)
  if (refused) return refusedSignIn(progress, text)
  return new SegueError('DESTINATION_FAILED', `${server} does not speak SSH as expected: ${text}.`, { cause: error })
}

/** No way of signing in is left. */
export function refusedSignIn({ server, user, tried, offered }: Progress, said?: string): SegueError {
  const shown = [...tried].filter((type) => type !== 'none')
  const attempts = shown.length > 0 ? `tried: ${shown.join(', ')}` : 'the credential has nothing that it takes'
  const words = said === undefined ? '' : `; it said "${said}"`
  return new SegueError(
    'AUTH_FAILED',
    `${server} refused the sign-in of ${user} (${attempts}; the server takes: ${offered.join(', ') || 'nothing'}${words}).`,
  )
}
