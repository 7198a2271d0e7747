import { once } from 'node:events'
import { Socket, createServer } from 'node:net'
import type { LookupFunction } from 'node:net'
import { expect, test } from 'vitest'
import { listening } from '../../test/helpers/loopback-server.ts'
import { createNet } from './net.ts'

const open = { allow: [], store: null }
const options = { host: '127.0.0.1', timeoutMs: 5000, signal: new AbortController().signal }
const greeter = () => listening(createServer((socket) => socket.end('hello')))

async function freePort(): Promise<number> {
  await using server = await greeter()
  return server.port
}

test('a connection carries bytes', async () => {
  await using server = await greeter()
  const socket = await createNet(open).connect({ ...options, port: server.port })
  const [chunk] = await once(socket, 'data')
  expect(String(chunk)).toBe('hello')
  socket.destroy()
})

test('a port where nothing listens is named with the reason', async () => {
  const port = await freePort()
  await expect(createNet(open).connect({ ...options, port })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: `127.0.0.1:${port}: nothing listens there (ECONNREFUSED).`,
  })
})

test('a host that is not known is named', async () => {
  await expect(createNet(open).connect({ ...options, host: 'partner.invalid', port: 22 })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: expect.stringMatching(/^partner\.invalid:22: the (host name is not known|name server does not answer)/),
  })
})

test('an abort ends the attempt with its reason', async () => {
  await using server = await greeter()
  const reason = new Error('cancelled')
  const controller = new AbortController()
  const attempt = createNet(open).connect({ ...options, port: server.port, signal: controller.signal })
  controller.abort(reason)
  await expect(attempt).rejects.toBe(reason)
  await expect(createNet(open).connect({ ...options, port: server.port, signal: controller.signal })).rejects.toBe(reason)
})

test.each([
  ['a connection', { dial: () => new Socket(), lookup: async () => ['192.0.2.1'] }],
  ['a look-up', { lookup: () => new Promise<never>(() => undefined) }],
])('%s that takes too long ends, and says how long it waited', async (_what, slow) => {
  const silent = createNet({ ...open, ...slow })
  await expect(silent.connect({ ...options, host: 'partner.example', port: 1, timeoutMs: 1 })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: expect.stringContaining('partner.example:1: no answer within 0.001 s'),
  })
})

test('an abort while a name is looked up ends the attempt', async () => {
  const controller = new AbortController()
  const silent = createNet({ ...open, lookup: () => new Promise<never>(() => undefined) })
  const attempt = silent.connect({ ...options, host: 'partner.example', port: 1, signal: controller.signal })
  const reason = new Error('cancelled')
  controller.abort(reason)
  await expect(attempt).rejects.toBe(reason)
})

test('a name is looked up once, and the address that was checked is the one that is connected to', async () => {
  await using server = await greeter()
  // Were it asked again, the name would lead to nobody.
  const answers = [['127.0.0.1'], ['192.0.2.1']]
  let questions = 0
  const net = createNet({ ...open, lookup: async () => answers[questions++] ?? [] })
  const socket = await net.connect({ ...options, host: 'partner.example', port: server.port })
  expect(socket.remoteAddress).toBe('127.0.0.1')
  expect(questions).toBe(1)
  socket.destroy()
})

test('all addresses of a name are tried', async () => {
  await using server = await greeter()
  const net = createNet({ ...open, lookup: async () => ['127.0.0.2', '127.0.0.1'] })
  const socket = await net.connect({ ...options, host: 'partner.example', port: server.port })
  expect(socket.remoteAddress).toBe('127.0.0.1')
  socket.destroy()
})

test('for a socket, servers in the own network are ordinary, metadata services and the own store are not', async () => {
  await using server = await greeter()
  const { port } = server
  const dialled: string[] = []
  const dial = ({ host, lookup }: { readonly host: string; readonly lookup: LookupFunction }): Socket => {
    lookup(host, { all: true }, (_error, addresses) => dialled.push(JSON.stringify(addresses)))
    return new Socket()
  }
  const net = createNet({ ...open, dial, lookup: async () => ['10.1.2.3'] })
  await expect(net.connect({ ...options, host: 'partner.example', port, timeoutMs: 1 })).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
  })
  expect(dialled).toEqual(['[{"address":"10.1.2.3","family":4}]'])

  for (const host of ['169.254.169.254', '::ffff:169.254.169.254', 'fd00:ec2::254']) {
    await expect(net.connect({ ...options, host, port })).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
  }
  const withStore = createNet({ allow: [], store: { host: 'localhost', port } })
  for (const host of ['127.0.0.1', 'localhost', '127.0.0.9', '2130706433', '0.0.0.0']) {
    await expect(withStore.connect({ ...options, host, port })).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
      detail: expect.stringContaining('the own store of Segue; it is never reached, whatever SEGUE_ALLOW_HOSTS says'),
    })
  }
  expect(server.connections()).toBe(0)
})

test.each(['', '/var/run/postgresql/.s.PGSQL.5432', 'unix:/var/run/x'])(
  '"%s" is no host: not a socket file, not this machine',
  async (host) => {
    await using server = await greeter()
    await expect(createNet(open).connect({ ...options, host, port: server.port })).rejects.toMatchObject({
      code: 'DESTINATION_UNREACHABLE',
    })
    expect(server.connections()).toBe(0)
  },
)
