import { connect, isIPv6, type Socket } from 'node:net'
import { SegueError } from '../contract/errors.ts'
import type { ConnectOptions, Net } from '../contract/net.ts'

/** What the operating system's code means to a person who typed a host and a port. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ENOTFOUND: 'the host name is not known',
  ETIMEDOUT: 'no answer',
}

/** Makes a socket that is connecting; node:net's `connect` but in tests. */
type Dial = (options: { readonly host: string; readonly port: number; readonly noDelay: true; readonly keepAlive: true }) => Socket

/** The network of this machine, as connectors get it: the one way out. */
export function createNet(dial: Dial = connect): Net {
  return { connect: (options) => openSocket(dial, options) }
}

/**
 * Every outgoing TCP connection starts here; which addresses may be reached at all is for this function to decide.
 * An aborted signal ends the attempt with the signal's reason.
 */
async function openSocket(dial: Dial, { host, port, timeoutMs, signal }: ConnectOptions): Promise<Socket> {
  signal.throwIfAborted()
  const socket = dial({ host, port, noDelay: true, keepAlive: true })
  const stop = () => socket.destroy(new Error('aborted'))
  const expire = () => socket.destroy(new Error(`no answer within ${timeoutMs / 1000} s`))
  const timer = setTimeout(expire, timeoutMs)
  signal.addEventListener('abort', stop, { once: true })
  try {
    await connected(socket)
    return socket
  } catch (error) {
    signal.throwIfAborted()
    throw new SegueError('DESTINATION_UNREACHABLE', `${hostAndPort(host, port)}: ${reasonOf(error)}.`, { cause: error })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve()
    })
    socket.once('error', reject)
  })
}

/** `host:port`, an IPv6 address in brackets. */
function hostAndPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** A name with several addresses fails with one error for each: the first one tells enough. */
function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  if (!(first instanceof Error)) return 'the connection failed'
  const code = 'code' in first && typeof first.code === 'string' ? first.code : undefined
  const meaning = code === undefined ? undefined : reasons[code]
  if (meaning !== undefined) return `${meaning} (${code})`
  return code ?? first.message
}
