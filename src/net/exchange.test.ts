import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { get } from '../../test/helpers/http-request.ts'
import { listening } from '../../test/helpers/loopback-server.ts'
import { checkRequest } from './checked-request.ts'
import { exchange } from './exchange.ts'
import { keptConnections } from './kept-connections.ts'

test('a request that was aborted after its connection was made is not sent', async () => {
  let received = 0
  await using server = await listening(createServer((socket) => socket.on('data', (chunk: Buffer) => (received += chunk.length))))
  const request = { ...get(`http://127.0.0.1:${server.port}/`), signal: AbortSignal.abort('cancelled') }
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  const connection = keptConnections().open('http://a', socket)
  await expect(exchange(connection, checkRequest(request), request, 1000)).rejects.toBe('cancelled')
  expect(socket.destroyed).toBe(true)
  expect(received).toBe(0)
})

test('a connection that was closed before anything was written says so, and nothing else', async () => {
  await using server = await listening(createServer())
  const request = get(`http://127.0.0.1:${server.port}/`)
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  const connection = keptConnections().open('http://a', socket)
  socket.destroy()
  expect(await exchange(connection, checkRequest(request), request, 1000)).toBeNull()
})
