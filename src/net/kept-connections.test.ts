import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '../../test/helpers/eventually.ts'
import { listening } from '../../test/helpers/loopback-server.ts'
import { keptConnections } from './kept-connections.ts'

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

test('of several connections the one that was used last is taken, by its origin only', async () => {
  await using server = await listening(createServer())
  const kept = keptConnections()
  const [first, second] = [kept.open('http://a', await connected(server.port)), kept.open('http://a', await connected(server.port))]
  kept.keep('http://a', first)
  kept.keep('http://a', second)
  expect(kept.take('http://b')).toBeUndefined()
  expect(kept.take('http://a')).toBe(second)
  expect(kept.take('http://a')).toBe(first)
  expect(kept.take('http://a')).toBeUndefined()
})

test('a connection that closes is forgotten, whether it was idle or comes back closed', async () => {
  const accepted: Socket[] = []
  await using server = await listening(createServer((socket) => accepted.push(socket)))
  const kept = keptConnections()
  const idle = kept.open('http://a', await connected(server.port))
  kept.keep('http://a', idle)
  await eventually(() => accepted.length === 1)
  idle.socket.resume()
  accepted[0]?.destroy()
  await once(idle.socket, 'close')
  expect(kept.take('http://a')).toBeUndefined()
  kept.keep('http://a', idle)
  expect(kept.take('http://a')).toBeUndefined()
})
