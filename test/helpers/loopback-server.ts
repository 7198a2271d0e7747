/** Servers on loopback for tests of what goes out. */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

export interface LoopbackServer extends AsyncDisposable {
  readonly port: number
  /** Connections that were accepted so far. */
  readonly connections: () => number
}

/** Listens on a free port of 127.0.0.1, or of the address that is given. */
export async function listening(server: Server, host = '127.0.0.1'): Promise<LoopbackServer> {
  const open = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections += 1
    open.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => open.delete(socket))
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      open.forEach((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  }
}

export const httpServer = (handle: RequestListener): Promise<LoopbackServer> => listening(createHttpServer(handle))

/** Says what it is told to whatever it is sent, byte for byte: for answers that no good server gives. */
export const rawServer = (onRequest: (socket: Socket) => void): Promise<LoopbackServer> =>
  listening(createServer((socket) => socket.on('data', () => onRequest(socket))))
