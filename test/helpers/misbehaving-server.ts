/** An HTTP service on loopback that takes rows as JSON and misbehaves on command; it keeps what it was sent and what of it took effect. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { misbehaviour, planAnswer, type GivenMisbehaviour, type Misbehaviour, type Plan } from './misbehaviour.ts'

export interface ReceivedRequest {
  /** In order of arrival, from 1. */
  readonly number: number
  /** Unix time of its arrival in milliseconds. */
  readonly at: number
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** The idempotency key, where the request has one. */
  readonly key: string | null
  /** Headers, body and rows are empty where rows are not kept. */
  readonly body: string
  readonly rows: readonly unknown[]
  readonly rowCount: number
  readonly behaviour: Misbehaviour
  /** The rows that took effect: none where it refused them, or where the key had done its work before. */
  readonly effect: readonly unknown[]
  readonly effectCount: number
}

export interface MisbehavingOptions {
  /** For the first requests, one each. */
  readonly queue?: readonly GivenMisbehaviour[]
  /** For those after the queue; by the request where it is a function. Default: accept. */
  readonly otherwise?: GivenMisbehaviour | ((request: { readonly number: number; readonly rows: readonly unknown[] }) => GivenMisbehaviour)
  /** The header of the idempotency key. */
  readonly keyHeader?: string
  /** Rows of one key take effect once, whatever is sent. */
  readonly honoursKeys?: boolean
  /** Closes connections that were idle for so long, and does not say so. */
  readonly closeIdleMs?: number
  /** False for a sink: rows are counted, not kept. */
  readonly keepsRows?: boolean
  /** Told of each request before it is answered. */
  readonly onRequest?: (request: ReceivedRequest) => void
  /** 0 takes any port that is free. */
  readonly port?: number
}

export interface MisbehavingServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  /** The rows that took effect, in order. */
  readonly effects: readonly unknown[]
  readonly effectCount: number
  /** Connections that were opened so far. */
  readonly connections: number
  /** For the next requests, before everything else. */
  queue(...behaviours: readonly GivenMisbehaviour[]): void
}

export async function startMisbehavingServer(options: MisbehavingOptions = {}): Promise<MisbehavingServer> {
  const { otherwise = { do: 'accept' }, keyHeader = 'idempotency-key', honoursKeys = false, keepsRows = true, onRequest } = options
  const queue = (options.queue ?? []).map((given) => misbehaviour.parse(given))
  const requests: ReceivedRequest[] = []
  const doneKeys = new Set<string>()
  let connections = 0
  let effectCount = 0

  const next = (number: number, rows: readonly unknown[]): Misbehaviour =>
    queue.shift() ?? misbehaviour.parse(typeof otherwise === 'function' ? otherwise({ number, rows }) : otherwise)

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const head = queue[0] ?? (typeof otherwise === 'function' ? undefined : otherwise)
    // Decided before the body is read, as that is what it is about.
    if (head?.do === 'cut' && head.when === 'at-head') {
      queue.shift()
      request.socket.resetAndDestroy()
      return
    }
    const at = Date.now()
    const body = await textOf(request)
    const rows = rowsOf(body, request.headers['content-type'] ?? '')
    const number = requests.length + 1
    const behaviour = next(number, rows)
    const plan = planAnswer(behaviour, rows, Math.random)
    const key = request.headers[keyHeader.toLowerCase()]?.toString() ?? null
    const isDone = honoursKeys && key !== null && doneKeys.has(key)
    const effect = isDone ? [] : effectOf(plan, rows)
    if (key !== null && effect.length > 0) doneKeys.add(key)
    effectCount += effect.length
    const received: ReceivedRequest = {
      number,
      at,
      method: request.method ?? '',
      url: request.url ?? '',
      headers: keepsRows ? request.headers : {},
      key,
      body: keepsRows ? body : '',
      rows: keepsRows ? rows : [],
      rowCount: rows.length,
      behaviour,
      effect: keepsRows ? effect : [],
      effectCount: effect.length,
    }
    requests.push(received)
    onRequest?.(received)
    if (behaviour.delayMs !== undefined) await delay(behaviour.delayMs)
    send(plan, behaviour.thenCut === true, request, response)
  }

  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    // A client that hangs up in the middle of its request has nobody to tell.
    take(request, response).catch(() => request.socket.destroy())
  })
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => {
    connections += 1
    socket.on('error', () => undefined)
    if (options.closeIdleMs !== undefined) socket.setTimeout(options.closeIdleMs, () => socket.destroy())
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/rows`,
    requests,
    get effects() {
      return requests.flatMap(({ effect }) => effect)
    },
    get effectCount() {
      return effectCount
    },
    get connections() {
      return connections
    },
    queue: (...behaviours) => {
      queue.unshift(...behaviours.map((given) => misbehaviour.parse(given)))
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The rows of a body: its lines, the array that it is, the first array in it, or else itself. */
function rowsOf(body: string, contentType: string): readonly unknown[] {
  if (body === '') return []
  if (contentType.includes('ndjson')) return body.split('\n').filter(Boolean).map(parse)
  const value = parse(body)
  if (Array.isArray(value)) return value as unknown[]
  const array = typeof value === 'object' && value !== null ? Object.values(value).find(Array.isArray) : undefined
  return (array as unknown[] | undefined) ?? [value]
}

function parse(text: string): unknown {
  return JSON.parse(text) as unknown
}

function effectOf({ taken }: Plan, rows: readonly unknown[]): readonly unknown[] {
  if (taken === 'all') return rows
  return taken === 'none' ? [] : rows.filter((_, index) => taken.has(index))
}

function send(plan: Plan, thenCut: boolean, request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body, send: how } = plan
  if (how === 'nothing') return
  if (how === 'nothing, cut') {
    request.socket.resetAndDestroy()
    return
  }
  const bytes = Buffer.from(body)
  response.writeHead(status, { ...headers, ...(status !== 204 && { 'content-length': String(bytes.length) }) })
  if (how === 'whole') {
    response.end(bytes)
    if (thenCut) response.once('finish', () => request.socket.destroySoon())
    return
  }
  response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => {
    // `destroySoon` sends what is written first: the client is to see the half that was answered.
    if (how === 'half, then cut') request.socket.destroySoon()
  })
}
