import { connect, isIP } from 'node:net'
import type { LookupFunction, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { SegueError } from '../contract/errors.ts'
import { plainName } from './allow-hosts.ts'
import { checkedAddresses, systemAddresses } from './checked-addresses.ts'
import type { Lookup, Rules } from './checked-addresses.ts'
import type { Target } from './guard.ts'
import { unreachable } from './unreachable.ts'

/** Makes a socket that is connecting; node:net's `connect` but in tests. */
export type Dial = (options: {
  readonly host: string
  readonly port: number
  readonly lookup: LookupFunction
  readonly noDelay: true
  readonly keepAlive: true
}) => Socket

/** How connections are made; all but the rules is the operating system's, but in tests. */
export interface Connecting extends Rules {
  readonly lookup?: Lookup
  readonly dial?: Dial
  /** Certificates of the authorities that TLS trusts (PEM); Node's own and those of NODE_EXTRA_CA_CERTS where it is absent. */
  readonly authorities?: string
}

interface Attempt {
  readonly target: Target
  readonly tls: boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Every outgoing connection starts here: look up, ask the guard, connect, and speak TLS where that is wanted, all within the one time limit.
 * An aborted signal ends the attempt with the signal's reason.
 * @throws SegueError ADDRESS_REFUSED, DESTINATION_UNREACHABLE
 */
export async function openSocket(connecting: Connecting, { target, tls, timeoutMs, signal }: Attempt): Promise<Socket> {
  signal.throwIfAborted()
  const attempt = new AbortController()
  const stop = () => attempt.abort(new Error('aborted'))
  const timer = setTimeout(() => attempt.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
  signal.addEventListener('abort', stop, { once: true })
  const { host, port } = target
  try {
    const addresses = await orAborted(checkedAddresses(connecting.lookup ?? systemAddresses, connecting, target), attempt.signal)
    const dial = connecting.dial ?? connect
    const socket = dial({ host, port, lookup: answering(addresses), noDelay: true, keepAlive: true })
    await happened(socket, 'connect', attempt.signal)
    return tls ? await startTls(socket, host, connecting.authorities, attempt.signal) : socket
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof SegueError ? error : unreachable(host, port, error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

/** A look-up that knows its answer: the addresses that were checked. Addresses that are typed as such are never looked up by node:net. */
function answering(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, options, callback) => {
    const [first] = answers
    if (options.all) callback(null, answers)
    else callback(null, first?.address ?? '', first?.family)
  }
}

async function startTls(socket: Socket, host: string, authorities: string | undefined, signal: AbortSignal): Promise<Socket> {
  const name = plainName(host)
  const secure = connectTls({
    socket,
    host: name,
    // Server names are names (RFC 6066 section 3); of an address the certificate alone is checked.
    servername: isIP(name) === 0 ? name : '',
    ALPNProtocols: ['http/1.1'],
    // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED cannot take it away.
    rejectUnauthorized: true,
    ...(authorities !== undefined && { ca: authorities }),
  })
  await happened(secure, 'secureConnect', signal)
  return secure
}

function happened(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => socket.destroy(asError(signal.reason))
    const settle = (error?: Error) => {
      socket.off(event, settle).off('error', settle)
      signal.removeEventListener('abort', stop)
      if (error === undefined) resolve()
      else reject(error)
    }
    socket.once(event, settle).once('error', settle)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}

/** What the promise gives, or the signal's reason, whichever comes first: a look-up of a name cannot be ended. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true })
    promise.then(resolve, reject)
  })
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
