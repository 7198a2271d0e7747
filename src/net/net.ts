import type { Net } from '../contract/net.ts'
import { keptConnections } from './kept-connections.ts'
import { openSocket } from './open-socket.ts'
import type { Connecting } from './open-socket.ts'
import { sendRequest } from './send-request.ts'

/** The network of this machine, as connectors get it: the one way out, with the guard in it. */
export function createNet(connecting: Connecting): Net {
  const kept = keptConnections()
  return {
    connect: ({ host, port, timeoutMs, signal }) =>
      openSocket(connecting, { target: { host, port, purpose: 'socket' }, tls: false, timeoutMs, signal }),
    request: (request) => sendRequest(connecting, kept, request),
  }
}
