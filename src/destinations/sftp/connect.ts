import type { DestinationContext } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { isNoMatchingHostKey } from './connect-error.ts'
import { shakeHands, UntrustedHostKey, type SignedIn } from './handshake.ts'
import {
  hostKeyError,
  judgeHostKey,
  otherFamilies,
  pinnedHostKey,
  type HostKeyFamily,
  type KnownHostKey,
  type MetHostKey,
} from './host-key.ts'
import { SftpSession } from './session.ts'
import type { SignIn } from './sign-in.ts'

/** Time for the TCP connection, and again for key exchange and sign-in. */
const timeoutMs = 20_000

/** The fact that is remembered of a destination with `hostKey: first-seen`. */
const hostKeyFact = 'hostKey'

export interface Server {
  readonly host: string
  readonly port: number
  /** The setting: a fingerprint, `first-seen`, or undefined. */
  readonly hostKey: string | undefined
}

/**
 * Connects, checks the host key before anything secret is sent, and signs in. A key met under `first-seen` is remembered once the
 * sign-in worked. Throws DESTINATION_UNREACHABLE, HOST_KEY_MISMATCH, HOST_KEY_UNPINNED, AUTH_FAILED, DESTINATION_LOST,
 * DESTINATION_FAILED, or the signal's reason.
 */
export async function connectSftp(server: Server, signIn: SignIn, context: DestinationContext): Promise<SftpSession> {
  const known = { setting: server.hostKey, remembered: context.remembered[hostKeyFact] }
  const untrusted: MetHostKey[] = []
  const ask = async (family?: HostKeyFamily) => {
    const outcome = await connectOnce({ server, known, signIn, context, family })
    if (outcome instanceof SftpSession) return outcome
    untrusted.push(...outcome)
    return null
  }
  const session = await ask()
  if (session) return session
  for (const family of pinnedHostKey(known) === null ? [] : otherFamilies(untrusted)) {
    const other = await ask(family)
    if (other) return other
  }
  throw hostKeyError(`${server.host}:${server.port}`, known, untrusted)
}

interface Attempt {
  readonly server: Server
  readonly known: KnownHostKey
  readonly signIn: SignIn
  readonly context: DestinationContext
  readonly family: HostKeyFamily | undefined
}

/** One connection: signed in, or the host key that is not trusted (none where the server has no key of the family asked for). */
async function connectOnce({ server: { host, port }, known, signIn, context, family }: Attempt): Promise<SftpSession | MetHostKey[]> {
  const { signal } = context
  const address = `${host}:${port}`
  const socket = await context.net.connect({ host, port, timeoutMs, signal })
  const stop = () => socket.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const trusts = (key: MetHostKey) => ['trusted', 'new'].includes(judgeHostKey(key, known))
    const signedIn = await shakeHands({ socket, server: address, signIn, timeoutMs, family, trusts })
    const session = await SftpSession.start({ ...signedIn, socket, server: address, signal })
    await rememberNew(signedIn, known, context)
    return session
  } catch (error) {
    socket.destroy()
    signal.throwIfAborted()
    if (error instanceof UntrustedHostKey) return [error.key]
    if (family !== undefined && error instanceof SegueError && isNoMatchingHostKey(error)) return []
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function rememberNew({ hostKey }: SignedIn, known: KnownHostKey, context: DestinationContext): Promise<void> {
  if (judgeHostKey(hostKey, known) === 'new') await context.remember(hostKeyFact, hostKey.fingerprint)
}
