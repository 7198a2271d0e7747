/** A TCP proxy on loopback that does to connections what bad networks do; switchable while connections are open. */
import { EventEmitter, once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export interface Chaos {
  /** Every block of bytes waits so long, in each direction. */
  readonly latencyMs: number
  /** In each direction of each connection; null: as fast as it goes. */
  readonly bytesPerSecond: number | null
  /** Resets a connection when exactly so many of its bytes were passed on in that direction; null: never. */
  readonly cutToServer: number | null
  readonly cutToClient: number | null
  /** Nothing passes and nothing closes, for open and new connections; what was held back passes when it is over. */
  readonly blackHole: boolean
  /** New connections are refused (ECONNREFUSED); open ones stay. */
  readonly refuse: boolean
}

export interface ChaosProxy extends AsyncDisposable {
  readonly port: number
  /** Bytes that were passed on, over all connections. */
  passed(): { readonly toServer: number; readonly toClient: number }
  /** Changes what is named, and leaves the rest. */
  set(change: Partial<Chaos>): Promise<void>
  /** Nothing bad happens any more. */
  calm(): Promise<void>
  /** Resets every open connection. */
  cutAll(): void
}

type Direction = 'toServer' | 'toClient'

const peace: Chaos = {
  latencyMs: 0,
  bytesPerSecond: null,
  cutToServer: null,
  cutToClient: null,
  blackHole: false,
  refuse: false,
}
/** A throttled connection passes a piece so often in a second. */
const piecesPerSecond = 20

export async function startChaosProxy(to: { readonly host: string; readonly port: number }): Promise<ChaosProxy> {
  const open = new Set<Socket>()
  const passed = { toServer: 0, toClient: 0 }
  const changes = new EventEmitter().setMaxListeners(0)
  let chaos = peace

  function join(client: Socket): void {
    const upstream = connect({ ...to, allowHalfOpen: true })
    const sockets = [client, upstream]
    const closed = new AbortController()
    // What lies behind a black hole does not hear that the other side is gone before it is over.
    const partWays = async (): Promise<void> => {
      await whileBlackHole()
      for (const socket of sockets) socket.resetAndDestroy()
    }
    for (const socket of sockets) {
      open.add(socket)
      socket.on('error', partWays)
      socket.on('close', () => {
        open.delete(socket)
        closed.abort()
      })
    }
    passOn(client, upstream, 'toServer', closed.signal).catch(partWays)
    passOn(upstream, client, 'toClient', closed.signal).catch(partWays)
  }

  async function passOn(from: Socket, into: Socket, direction: Direction, signal: AbortSignal): Promise<void> {
    const limitOf = { toServer: () => chaos.cutToServer, toClient: () => chaos.cutToClient }[direction]
    let count = 0
    // Leaving the loop must not close the socket: a cut resets it, and at its end the other direction may still be open.
    for await (const block of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (chaos.latencyMs > 0) await delay(chaos.latencyMs, undefined, { signal })
      for (let rest = block; rest.length > 0;) {
        await whileBlackHole(signal)
        const left = (limitOf() ?? Infinity) - count
        const piece = rest.subarray(0, Math.max(0, Math.min(left, pieceBytes())))
        await write(into, piece)
        count += piece.length
        passed[direction] += piece.length
        rest = rest.subarray(piece.length)
        if (piece.length >= left) throw new Error(`cut after ${count} bytes`)
        if (chaos.bytesPerSecond !== null) await delay((piece.length / chaos.bytesPerSecond) * 1_000, undefined, { signal })
      }
    }
    await whileBlackHole(signal)
    into.end()
  }

  async function whileBlackHole(signal?: AbortSignal): Promise<void> {
    while (chaos.blackHole) await once(changes, 'change', signal && { signal })
  }

  function pieceBytes(): number {
    return chaos.bytesPerSecond === null ? Infinity : Math.max(1, Math.floor(chaos.bytesPerSecond / piecesPerSecond))
  }

  let server: Server | null = await listen(0, join)
  const { port } = server.address() as AddressInfo

  async function set(change: Partial<Chaos>): Promise<void> {
    chaos = { ...chaos, ...change }
    changes.emit('change')
    if (chaos.refuse) {
      // Listening ends at once; only its callback would wait for the connections.
      server?.close()
      server = null
    } else server ??= await listen(port, join)
  }

  const cutAll = (): void => open.forEach((socket) => socket.resetAndDestroy())
  return {
    port,
    passed: () => ({ ...passed }),
    set,
    calm: () => set(peace),
    cutAll,
    [Symbol.asyncDispose]: async () => {
      const closed = Promise.all([...open].map((socket) => once(socket, 'close')))
      cutAll()
      await set({ ...peace, refuse: true })
      await closed
    },
  }
}

async function listen(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Resolves when the system has taken the bytes, so that a reset afterwards does not lose them here. */
function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0) return Promise.resolve()
  return new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())))
}
