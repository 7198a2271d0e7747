import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startChaosProxy, type ChaosProxy } from './chaos-proxy.ts'
import { eventually } from './eventually.ts'

/** What a side has seen of a connection. */
interface Seen {
  readonly socket: Socket
  text: string
  error: string | null
  ended: boolean
}

let open: AsyncDisposableStack
let proxy: ChaosProxy
let servers: Seen[]

function watch(socket: Socket): Seen {
  const seen: Seen = { socket, text: '', error: null, ended: false }
  socket.on('data', (data: Buffer) => (seen.text += data.toString()))
  socket.on('error', (error: NodeJS.ErrnoException) => (seen.error = error.code ?? error.message))
  socket.on('end', () => (seen.ended = true))
  open.defer(() => void socket.destroy())
  return seen
}

beforeEach(async () => {
  open = new AsyncDisposableStack()
  servers = []
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    servers.push(watch(socket))
    socket.pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  open.defer(() => void echo.close())
  proxy = open.use(await startChaosProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port }))
})
afterEach(() => open.disposeAsync())

const dial = (): Seen => watch(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }))

/** Milliseconds until the text has come back. */
async function exchange(client: Seen, text: string): Promise<number> {
  const start = performance.now()
  const whole = client.text + text
  client.socket.write(text)
  await eventually(() => client.text === whole)
  return performance.now() - start
}

test('with nothing set, bytes and both ends of a connection pass', async () => {
  const client = dial()
  client.socket.end('x'.repeat(300_000))
  await eventually(() => client.ended)
  expect(client.text).toHaveLength(300_000)
  expect(client.error).toBeNull()
  expect(proxy.passed()).toEqual({ toServer: 300_000, toClient: 300_000 })
})

test('latency holds in each direction, and ends while the connection is open', async () => {
  const client = dial()
  await proxy.set({ latencyMs: 150 })
  expect(await exchange(client, 'slow')).toBeGreaterThanOrEqual(295)
  await proxy.calm()
  expect(await exchange(client, 'fast')).toBeLessThan(290)
})

test('a throttle lets so many bytes pass in a second', async () => {
  await proxy.set({ bytesPerSecond: 10_000 })
  // Half a second less the pause behind the last piece.
  expect(await exchange(dial(), 'x'.repeat(5_000))).toBeGreaterThanOrEqual(400)
})

test('a cut on the way there leaves the server with exactly so many bytes', async () => {
  await proxy.set({ cutToServer: 5 })
  const client = dial()
  client.socket.write('123')
  await eventually(() => client.text === '123')
  client.socket.write('45678')
  await eventually(() => client.error !== null && servers[0]!.error !== null)
  expect(servers[0]!.text).toBe('12345')
  expect([client.error, servers[0]!.error]).toEqual(['ECONNRESET', 'ECONNRESET'])
})

test('a cut on the way back: the server had everything, the client a part of the answer', async () => {
  await proxy.set({ cutToClient: 4 })
  const client = dial()
  client.socket.write('question')
  await eventually(() => client.error !== null)
  expect(servers[0]!.text).toBe('question')
  expect(client.text).toBe('ques')
  await proxy.calm()
  expect(await exchange(dial(), 'question')).toBeGreaterThan(0)
})

test('a cut after nothing: the answer never begins', async () => {
  await proxy.set({ cutToClient: 0 })
  const client = dial()
  client.socket.write('question')
  await eventually(() => client.error !== null)
  expect([servers[0]!.text, client.text]).toEqual(['question', ''])
})

test('in a black hole nothing passes and nothing closes; then all of it does', async () => {
  const old = dial()
  await exchange(old, 'before ')
  const other = dial()
  await exchange(other, '-')
  await proxy.set({ blackHole: true })
  other.socket.resetAndDestroy()
  const fresh = dial()
  old.socket.write('held')
  fresh.socket.end('held')
  await once(fresh.socket, 'connect')
  await eventually(() => old.socket.bytesWritten === 11 && fresh.socket.bytesWritten === 4)
  await eventually(() => servers.length === 3)
  expect(proxy.passed()).toEqual({ toServer: 8, toClient: 8 })
  expect([servers[1]!.error, servers[1]!.ended]).toEqual([null, false])
  expect([old.text, fresh.text, fresh.ended, fresh.error]).toEqual(['before ', '', false, null])
  await proxy.calm()
  await eventually(() => old.text === 'before held' && fresh.text === 'held' && fresh.ended)
  await eventually(() => servers[1]!.error === 'ECONNRESET')
})

test('new connections are refused while open ones stay, until it is over', async () => {
  const old = dial()
  await exchange(old, 'a')
  await proxy.set({ refuse: true })
  const refused = dial()
  await eventually(() => refused.error !== null)
  expect(refused.error).toBe('ECONNREFUSED')
  await exchange(old, 'b')
  await proxy.calm()
  await exchange(dial(), 'c')
})

test('all open connections are cut at once', async () => {
  const clients = [dial(), dial()]
  for (const client of clients) await exchange(client, 'a')
  proxy.cutAll()
  await eventually(() => clients.every((client) => client.error === 'ECONNRESET'))
})
