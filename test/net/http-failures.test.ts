/** Destinations that hang, cut and babble: what is said about a request is true, and it is never sent twice. */
import { createServer } from 'node:net'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { parseAllowHosts } from '../../src/net/allow-hosts.ts'
import { createNet } from '../../src/net/net.ts'
import { eventually } from '../helpers/eventually.ts'
import { get, post } from '../helpers/http-request.ts'
import { httpServer, listening, rawServer } from '../helpers/loopback-server.ts'

const allow = parseAllowHosts('127.0.0.1 host.test')
const loopback = () => createNet({ allow, store: null })
const within = (limits: object, request = get('')) => ({ ...request, limits: { ...request.limits, ...limits } })
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** Ends a connection the hard way, once what was written has left. */
const resetAfter = (bytes: string) => (socket: Socket) => void socket.write(bytes, () => socket.resetAndDestroy())

test.each<[string, (socket: Socket) => void]>([
  ['closed before the answer', (socket) => socket.end()],
  ['reset before the answer', resetAfter('')],
  ['closed within the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
  ['reset within the headers', resetAfter('HTTP/1.1 200 OK\r\ncontent-le')],
  ['closed within a body of known length', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok')],
  ['closed within it, as was announced', (socket) => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\nok')],
  ['reset within it', resetAfter('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok')],
  ['reset within it, as was announced', resetAfter('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\nok')],
  ['closed between chunks', (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n')],
  [
    'closed between chunks, as was announced',
    (socket) => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n'),
  ],
  ['closed within a chunk', (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nok')],
  ['reset between chunks', resetAfter('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n')],
  ['reset within a body that only the end of the connection ends', resetAfter('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok')],
])('a connection that is %s is DESTINATION_LOST, and the request is not sent again', async (_how, cut) => {
  let requests = 0
  await using server = await rawServer((socket) => {
    requests += 1
    cut(socket)
  })
  for (const request of [get(`http://127.0.0.1:${server.port}/`), post(`http://127.0.0.1:${server.port}/`)]) {
    requests = 0
    await expect(loopback().request(request)).rejects.toMatchObject({
      code: 'DESTINATION_LOST',
      detail: expect.stringMatching(/^127\.0\.0\.1:\d+: the connection ended before the answer was whole: .+\.$/),
    })
    expect(requests).toBe(1)
  }
})

test('a kept connection that the server cuts at the next request is DESTINATION_LOST: it may have arrived', async () => {
  let requests = 0
  await using server = await rawServer((socket) => {
    requests += 1
    if (requests === 1) socket.write(ok)
    else socket.resetAndDestroy()
  })
  const net = loopback()
  await net.request(get(`http://127.0.0.1:${server.port}/`))
  await expect(net.request(get(`http://127.0.0.1:${server.port}/`))).rejects.toMatchObject({ code: 'DESTINATION_LOST' })
  expect({ requests, connections: server.connections() }).toEqual({ requests: 2, connections: 1 })
})

test('a kept connection that the server has closed meanwhile is not used: the request goes over a fresh one, once', async () => {
  const sockets: Socket[] = []
  const bodies: string[] = []
  await using server = await listening(
    createServer((socket) => {
      sockets.push(socket)
      socket.on('data', (chunk: Buffer) => {
        bodies.push(String(chunk).split('\r\n\r\n')[1] ?? '')
        socket.write(ok)
      })
    }),
  )
  const net = loopback()
  for (let index = 0; index < 5; index += 1) {
    await net.request(post(`http://127.0.0.1:${server.port}/`, `body-${index}`))
    const last = sockets.at(-1)
    // Closed by the server; its end is on the way when the next request starts, or has come already.
    if (index % 2 === 0) last?.end()
    else last?.resetAndDestroy()
    await eventually(() => last?.closed ?? false)
  }
  expect(bodies).toEqual(['body-0', 'body-1', 'body-2', 'body-3', 'body-4'])
})

test('bytes that come on an idle connection are no answer to the next request', async () => {
  await using server = await rawServer((socket) => socket.write(`${ok}HTTP/1.1 500 Poison\r\ncontent-length: 0\r\n\r\n`))
  const net = loopback()
  for (let index = 0; index < 5; index += 1) {
    expect(await net.request(get(`http://127.0.0.1:${server.port}/`))).toMatchObject({ status: 200 })
  }
})

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['no status', 'HTTP/1.1 \r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok'],
])('what is not HTTP (%s) is ANSWER_INVALID', async (_what, bytes) => {
  await using server = await rawServer((socket) => socket.write(bytes))
  await expect(loopback().request(get(`http://127.0.0.1:${server.port}/`))).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})

test('where nothing listens, nothing was sent', async () => {
  const server = await rawServer(() => undefined)
  await server[Symbol.asyncDispose]()
  await expect(loopback().request(post(`http://127.0.0.1:${server.port}/`))).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: `127.0.0.1:${server.port}: nothing listens there (ECONNREFUSED).`,
  })
})

test('the limit of connecting ends a connection that is not answered, and a name that is not', async () => {
  for (const slow of [{ dial: () => new Socket() }, { lookup: () => new Promise<never>(() => undefined) }]) {
    const net = createNet({ allow, store: null, lookup: async () => ['127.0.0.1'], ...slow })
    await expect(net.request(within({ connectMs: 20 }, get('http://host.test/')))).rejects.toMatchObject({
      code: 'DESTINATION_UNREACHABLE',
      detail: 'host.test:80: no answer within 0.02 s.',
    })
  }
})

test('the limit of the headers ends a silent server, and one whose headers never end', async () => {
  await using silent = await rawServer(() => undefined)
  await using dribbling = await httpServer((incoming) => {
    const dribble = setInterval(() => incoming.socket.write('x'), 10)
    incoming.socket.write('HTTP/1.1 200 OK\r\nx: ')
    incoming.socket.on('close', () => clearInterval(dribble))
  })
  for (const { port } of [silent, dribbling]) {
    await expect(loopback().request(within({ headersMs: 100 }, post(`http://127.0.0.1:${port}/`)))).rejects.toMatchObject({
      code: 'ANSWER_TIMEOUT',
      detail: `127.0.0.1:${port} did not answer in time: no answer (headers) within 0.1 s.`,
    })
  }
})

test('the limit of the headers does not count while the body is being taken, however slowly, but ends one that is not taken', async () => {
  const body = Buffer.alloc(20_000_000)
  let received = 0
  await using slow = await listening(
    createServer((socket) =>
      socket.on('data', (chunk: Buffer) => {
        received += chunk.length
        socket.pause()
        setTimeout(() => socket.resume(), 4)
        if (received > body.length) socket.write(ok)
      }),
    ),
  )
  const started = performance.now()
  expect(await loopback().request(within({ headersMs: 500 }, post(`http://127.0.0.1:${slow.port}/`, body)))).toMatchObject({ status: 200 })
  expect(performance.now() - started).toBeGreaterThan(600)

  await using stuck = await listening(createServer((socket) => socket.pause()))
  await expect(loopback().request(within({ headersMs: 300 }, post(`http://127.0.0.1:${stuck.port}/`, body)))).rejects.toMatchObject({
    code: 'ANSWER_TIMEOUT',
    detail: expect.stringContaining('(headers) within 0.3 s'),
  })
})

test('the limit of the body ends a silence within it, and not a body that goes on', async () => {
  await using stalled = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok'))
  await expect(loopback().request(within({ bodyMs: 100 }, get(`http://127.0.0.1:${stalled.port}/`)))).rejects.toMatchObject({
    code: 'ANSWER_TIMEOUT',
    detail: `127.0.0.1:${stalled.port} did not answer in time: no more of the body (body) within 0.1 s.`,
  })
  await using slow = await httpServer((_incoming, outgoing) => {
    let left = 10
    const writing = setInterval(() => (left-- > 0 ? outgoing.write('x') : (clearInterval(writing), outgoing.end())), 50)
  })
  expect((await loopback().request(within({ bodyMs: 400 }, get(`http://127.0.0.1:${slow.port}/`)))).body).toHaveLength(10)
})

test('the limit of the whole ends what passes all others', async () => {
  await using server = await httpServer((_incoming, outgoing) => {
    const writing = setInterval(() => outgoing.write('x'), 10)
    outgoing.on('close', () => clearInterval(writing))
  })
  await expect(loopback().request(within({ totalMs: 200 }, get(`http://127.0.0.1:${server.port}/`)))).rejects.toMatchObject({
    code: 'ANSWER_TIMEOUT',
    detail: `127.0.0.1:${server.port} did not answer in time: no whole answer (total) within 0.2 s.`,
  })
})

test('after a limit has passed, the connection is closed and not used again', async () => {
  let requests = 0
  await using server = await rawServer((socket) => {
    requests += 1
    if (requests > 1) socket.write(ok)
  })
  const net = loopback()
  await expect(net.request(within({ headersMs: 50 }, get(`http://127.0.0.1:${server.port}/`)))).rejects.toMatchObject({
    code: 'ANSWER_TIMEOUT',
  })
  expect(await net.request(get(`http://127.0.0.1:${server.port}/`))).toMatchObject({ status: 200 })
  expect(server.connections()).toBe(2)
})

test('an abort ends a request wherever it is, with its reason, and closes the connection', async () => {
  let closed = 0
  const where: [string, string][] = [
    ['before the answer', ''],
    ['within the body', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok'],
  ]
  for (const [, bytes] of where) {
    closed = 0
    let arrived = false
    await using server = await rawServer((socket) => {
      socket.on('close', () => (closed += 1))
      socket.write(bytes, () => (arrived = true))
    })
    const controller = new AbortController()
    const reason = { why: 'cancelled' }
    const request = loopback().request({ ...get(`http://127.0.0.1:${server.port}/`), signal: controller.signal })
    const outcome = request.then(
      () => 'answered',
      (error: unknown) => error,
    )
    await eventually(() => arrived)
    const started = performance.now()
    controller.abort(reason)
    expect(await outcome).toBe(reason)
    // At once, not when a limit has passed.
    expect(performance.now() - started).toBeLessThan(2_000)
    await eventually(() => closed === 1)
    await expect(loopback().request({ ...get(`http://127.0.0.1:${server.port}/`), signal: controller.signal })).rejects.toBe(reason)
  }
})
