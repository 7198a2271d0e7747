import { once } from 'node:events'
import { Socket, createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createNet } from './net.ts'

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

async function listen(): Promise<number> {
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const options = { host: '127.0.0.1', timeoutMs: 5000, signal: new AbortController().signal }

test('a connection carries bytes', async () => {
  const socket = await createNet().connect({ ...options, port: await listen() })
  const [chunk] = await once(socket, 'data')
  expect(String(chunk)).toBe('hello')
  socket.destroy()
})

test('a port where nothing listens is named with the reason', async () => {
  const port = await listen()
  servers.splice(0).forEach((server) => server.close())
  await expect(createNet().connect({ ...options, port })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: `127.0.0.1:${port}: nothing listens there (ECONNREFUSED).`,
  })
})

test('a host that is not known is named', async () => {
  await expect(createNet().connect({ ...options, host: 'partner.invalid', port: 22 })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: expect.stringMatching(/^partner\.invalid:22: the (host name is not known|name server does not answer)/),
  })
})

test('an abort ends the attempt with its reason', async () => {
  const port = await listen()
  const reason = new Error('cancelled')
  const controller = new AbortController()
  const attempt = createNet().connect({ ...options, port, signal: controller.signal })
  controller.abort(reason)
  await expect(attempt).rejects.toBe(reason)
  await expect(createNet().connect({ ...options, port, signal: controller.signal })).rejects.toBe(reason)
})

test('an attempt that takes too long ends, and says how long it waited', async () => {
  const silent = createNet(() => new Socket())
  await expect(silent.connect({ ...options, port: 1, timeoutMs: 1 })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: expect.stringContaining('no answer within 0.001 s'),
  })
})
