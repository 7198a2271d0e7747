import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseAllowHosts } from '../../src/net/allow-hosts.ts'
import { createNet } from '../../src/net/net.ts'
import { get, post } from '../helpers/http-request.ts'
import { httpServer, rawServer } from '../helpers/loopback-server.ts'

const loopback = () => createNet({ allow: parseAllowHosts('127.0.0.1'), store: null })
async function warningsOf(work: () => Promise<void>): Promise<readonly string[]> {
  const warnings: string[] = []
  const onWarning = ({ message }: Error) => warnings.push(message)
  process.on('warning', onWarning)
  try {
    await work()
    await setImmediate()
    return warnings
  } finally {
    process.off('warning', onWarning)
  }
}

const text = (body: Uint8Array): string => Buffer.from(body).toString()

test('method, path, headers and body arrive as they were given, and the answer comes back whole', async () => {
  const seen: { incoming?: IncomingMessage; body?: Buffer } = {}
  await using server = await httpServer((incoming, outgoing) => {
    void buffer(incoming).then((body) => {
      Object.assign(seen, { incoming, body })
      outgoing.setHeader('X-Several', ['one', 'two'])
      outgoing.writeHead(207).end('{"ok":true}')
    })
  })
  const body = Buffer.from('{"name":"Zoë"}')
  const answer = await loopback().request({
    ...post(`http://127.0.0.1:${server.port}/v1/a%20b?x=1&y=%C3%A9#part`, body),
    method: 'PATCH',
    headers: { Authorization: 'Bearer abc', 'content-type': 'application/json' },
  })
  expect(answer.status).toBe(207)
  expect(answer.headers).toMatchObject({ 'x-several': 'one, two' })
  expect(text(answer.body)).toBe('{"ok":true}')
  expect(seen.incoming).toMatchObject({
    method: 'PATCH',
    url: '/v1/a%20b?x=1&y=%C3%A9',
    headers: {
      host: `127.0.0.1:${server.port}`,
      authorization: 'Bearer abc',
      'content-type': 'application/json',
      'content-length': String(body.length),
    },
  })
  expect(seen.incoming?.headers['accept-encoding']).toBeUndefined()
  expect(seen.body).toEqual(body)
})

test('requests that follow each other use one connection', async () => {
  await using server = await httpServer((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end('ok')))
  const net = loopback()
  const { signal } = new AbortController()
  const warnings = await warningsOf(async () => {
    for (let index = 0; index < 20; index += 1) await net.request({ ...post(`http://127.0.0.1:${server.port}/${index}`), signal })
  })
  expect(server.connections()).toBe(1)
  // None of listeners that are left behind.
  expect(warnings).toEqual([])
})

test('50 requests at once each get their own answer', async () => {
  await using server = await httpServer((incoming, outgoing) => void buffer(incoming).then((body) => outgoing.end(body)))
  const net = loopback()
  const warnings = await warningsOf(async () => {
    for (let round = 0; round < 3; round += 1) {
      const bodies = Array.from({ length: 50 }, (_, index) => `${round}-${index} `.repeat(20_000))
      const answers = await Promise.all(bodies.map((body) => net.request(post(`http://127.0.0.1:${server.port}/`, body))))
      expect(answers.map(({ body }) => text(body))).toEqual(bodies)
    }
  })
  expect(server.connections()).toBe(50)
  expect(warnings).toEqual([])
})

test('a server that wants a connection closed, or keeps it for a moment only, gets the next request on another', async () => {
  for (const header of ['connection: close', 'keep-alive: timeout=1']) {
    await using server = await rawServer((socket) => socket.write(`HTTP/1.1 200 OK\r\n${header}\r\ncontent-length: 2\r\n\r\nok`))
    const net = loopback()
    for (let index = 0; index < 3; index += 1) {
      expect(text((await net.request(get(`http://127.0.0.1:${server.port}/`))).body)).toBe('ok')
    }
    expect(server.connections()).toBe(3)
  }
})

test('chunks, bodies without a length, no content and informational answers are read', async () => {
  const answers: [string, number, string][] = [
    ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n', 200, 'abc'],
    ['HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', 200, ''],
    ['HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 1\r\n\r\nx', 201, 'x'],
  ]
  for (const [bytes, status, body] of answers) {
    await using server = await rawServer((socket) => socket.write(bytes))
    const answer = await loopback().request(post(`http://127.0.0.1:${server.port}/`))
    expect({ status: answer.status, body: text(answer.body) }).toEqual({ status, body })
  }
  await using closing = await rawServer((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nall there is'))
  expect(text((await loopback().request(get(`http://127.0.0.1:${closing.port}/`))).body)).toBe('all there is')
})

test.each([
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['identity', (body: Buffer) => body],
])('an answer in %s is decoded, although it was not asked for', async (coding, encode) => {
  await using server = await httpServer((_incoming, outgoing) =>
    outgoing.setHeader('content-encoding', coding).end(encode(Buffer.from('{"ok":true}'))),
  )
  const answer = await loopback().request(get(`http://127.0.0.1:${server.port}/`))
  expect(text(answer.body)).toBe('{"ok":true}')
  expect(answer.headers).not.toHaveProperty('content-encoding')
})

test.each([
  ['gzip', Buffer.from('no gzip'), 'says that it is gzip, but is not'],
  ['gzip', gzipSync('x'.repeat(10_000)).subarray(0, -12), 'says that it is gzip, but is not'],
  ['compress', Buffer.from('x'), 'in the coding "compress", which Segue does not know'],
])('an answer in %s that cannot be decoded is no answer', async (coding, body, words) => {
  await using server = await httpServer((_incoming, outgoing) => outgoing.setHeader('content-encoding', coding).end(body))
  await expect(loopback().request(get(`http://127.0.0.1:${server.port}/`))).rejects.toMatchObject({
    code: 'ANSWER_INVALID',
    detail: expect.stringContaining(words),
  })
})

test('an answer that is larger than it may be ends, whether it says so, goes on and on, or unfolds', async () => {
  const exactly = await httpServer((_incoming, outgoing) => outgoing.end(Buffer.alloc(1000)))
  const announced = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n'))
  const endless = await httpServer((_incoming, outgoing) => {
    const more = (): void => {
      while (outgoing.write(Buffer.alloc(100)));
    }
    outgoing.on('drain', more)
    more()
  })
  const bomb = await httpServer((_incoming, outgoing) => outgoing.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(1001))))
  const headers = await rawServer((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`))
  const net = loopback()
  const ask = (port: number) => net.request({ ...get(`http://127.0.0.1:${port}/`), maxAnswerBytes: 1000 })
  expect((await ask(exactly.port)).body).toHaveLength(1000)
  for (const { port } of [announced, endless, bomb]) {
    await expect(ask(port)).rejects.toMatchObject({
      code: 'ANSWER_TOO_LARGE',
      detail: `127.0.0.1:${port} sends an answer of more than 1000 bytes.`,
    })
  }
  await expect(ask(headers.port)).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' })
  for (const server of [exactly, announced, endless, bomb, headers]) await server[Symbol.asyncDispose]()
})

test('a HEAD that announces a large body has none', async () => {
  await using server = await httpServer((_incoming, outgoing) => outgoing.setHeader('content-length', 5_000_000).end())
  const answer = await loopback().request({ ...get(`http://127.0.0.1:${server.port}/`), method: 'HEAD' })
  expect(answer.body).toHaveLength(0)
})

test.each([
  ['method', { method: 'CONNECT' }],
  ['method', { method: 'GET / HTTP/1.1\r\nx: y' }],
  ['method', { method: '' }],
  ['headers', { headers: { Host: 'other.example' } }],
  ['headers', { headers: { 'Transfer-Encoding': 'chunked' } }],
  ['headers', { headers: { 'content-length': '3' } }],
  ['headers', { headers: { 'x-key': 'sesame\r\nx: y' } }],
  ['headers', { headers: { 'x-key': 'sesame\u{1f511}' } }],
  ['headers', { headers: { 'x key': 'sesame' } }],
  ['headers', { headers: { 'X-Key': 'sesame', 'x-key': 'sesame' } }],
  ['url', { url: 'http://user:sesame@127.0.0.1/' }],
  ['url', { url: 'not a url?key=sesame' }],
])('what cannot be sent is refused before anything is, without its values: %s %j', async (field, fault) => {
  const failure: unknown = await loopback()
    .request({ ...get('http://127.0.0.1:9/'), ...fault })
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'INVALID', errors: [{ pointer: `/${field}` }] })
  expect(String(failure)).not.toContain('sesame')
})
