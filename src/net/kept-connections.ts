import type { Socket } from 'node:net'
import { Client } from 'undici'

/** One connection that speaks HTTP/1.1. */
export interface HttpConnection {
  readonly socket: Socket
  readonly client: Client
}

/**
 * How long an idle connection is kept, in milliseconds. Servers keep theirs for 5 s (Node), 15 s (Apache) to 75 s (nginx): whoever sends on
 * a connection that the other side is just closing cannot know whether the request arrived. A server that keeps them shorter says so.
 */
const idleMs = 4_000

/** How much earlier than the server says, in milliseconds. */
const marginMs = 1_000

/** The connections over which requests go, and of those the idle ones by the origin that they lead to. */
export interface KeptConnections {
  /** Speaks HTTP/1.1 on a socket that is connected to the origin. */
  open(origin: string, socket: Socket): HttpConnection
  /** An idle connection, the one that was used last: the others may then grow old and go. */
  take(origin: string): HttpConnection | undefined
  /** Keeps a connection whose answer has been read, unless the answer closed it. */
  keep(origin: string, connection: HttpConnection): void
}

export function keptConnections(): KeptConnections {
  const idle = new Map<string, HttpConnection[]>()

  const forget = (origin: string, connection: HttpConnection): void => {
    const left = (idle.get(origin) ?? []).filter((other) => other !== connection)
    if (left.length > 0) idle.set(origin, left)
    else idle.delete(origin)
  }

  return {
    open(origin, socket) {
      const connection = { socket, client: clientOn(socket, origin) }
      socket.once('close', () => forget(origin, connection))
      return connection
    },
    take(origin) {
      const connection = idle.get(origin)?.at(-1)
      if (connection !== undefined) forget(origin, connection)
      return connection
    },
    keep(origin, connection) {
      if (connection.socket.destroyed) return
      idle.set(origin, [...(idle.get(origin) ?? []), connection])
    },
  }
}

/**
 * A client of undici connects again by itself, and sends what waits, or what it holds to be safe to repeat, on the new connection. This one
 * has its one socket and no other, so whatever it still has when that is gone fails.
 */
function clientOn(socket: Socket, origin: string): Client {
  let given = false
  return new Client(origin, {
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    keepAliveTimeoutThreshold: marginMs,
    // Time limits are the exchange's: exact ones, which know how far the request has gone.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, callback) => {
      const first = !given
      given = true
      // Later, as a connection would come: the client is not ready for an answer within its question.
      queueMicrotask(() => (first ? callback(null, socket) : callback(new Error('the connection was closed'), null)))
    },
  })
}
