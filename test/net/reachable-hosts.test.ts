/** Where requests may go: attacks on the guard, with a server that would answer if one of them got through. */
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAllowHosts } from '../../src/net/allow-hosts.ts'
import { systemAddresses } from '../../src/net/checked-addresses.ts'
import { createNet } from '../../src/net/net.ts'
import { get } from '../helpers/http-request.ts'
import { listening } from '../helpers/loopback-server.ts'
import type { LoopbackServer } from '../helpers/loopback-server.ts'

let server: LoopbackServer
let metadataRequests = 0

beforeAll(async () => {
  // On every address of this machine, IPv4 and IPv6.
  server = await listening(
    createServer((incoming, outgoing) => {
      if (incoming.url === '/redirect') outgoing.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' })
      else metadataRequests += 1
      outgoing.end('SECRET')
    }),
    '::',
  )
})
afterAll(() => server[Symbol.asyncDispose]())

const names: Record<string, string[]> = {
  'local.test': ['127.0.0.1'],
  'mixed.test': ['93.184.216.34', '127.0.0.1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'zone.test': ['fe80::1%lo'],
  'metadata.test': ['169.254.169.254'],
}
const lookup = async (host: string) => names[host] ?? (await systemAddresses(host))

test.each([
  '127.0.0.1',
  'localhost',
  'LOCALHOST',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '127.1',
  '127.0.1',
  '0177.0.0.1',
  '017700000001',
  '0',
  '127.0.0.1.',
  '%31%32%37.0.0.1',
  '１２７.0.0.1',
  '127。0。0。1',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '169.254.169.254',
  '[::ffff:a9fe:a9fe]',
  '0xa9fea9fe',
  'local.test',
  'mixed.test',
  'mapped.test',
  'zone.test',
  'metadata.test',
])('http://%s is not sent to', async (host) => {
  const net = createNet({ allow: [], store: null, lookup })
  await expect(net.request(get(`http://${host}:${server.port}/`))).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
  expect(server.connections()).toBe(0)
})

test('the refusal names host, address and what to do', async () => {
  const net = createNet({ allow: [], store: null, lookup })
  await expect(net.request(get('https://local.test/'))).rejects.toMatchObject({
    detail: 'local.test:443 is at 127.0.0.1, this machine (loopback); to allow it, put local.test:443 in SEGUE_ALLOW_HOSTS.',
  })
  await expect(net.request(get('http://[::1]:8080/'))).rejects.toMatchObject({
    detail: '[::1]:8080 is this machine (loopback); to allow it, put [::1]:8080 in SEGUE_ALLOW_HOSTS.',
  })
  await expect(net.request(get('http://169.254.169.254/'))).rejects.toMatchObject({
    detail:
      '169.254.169.254:80 is a link-local address, where clouds have their metadata; it is never reached, whatever SEGUE_ALLOW_HOSTS says.',
  })
})

test('what a refusal says to put in SEGUE_ALLOW_HOSTS allows it', async () => {
  for (const host of ['127.0.0.1', '[::1]', 'local.test']) {
    const url = `http://${host}:${server.port}/`
    const refusal = await createNet({ allow: [], store: null, lookup })
      .request(get(url))
      .catch((error: Error) => error.message)
    const entry = /put (\S+) in/.exec(String(refusal))?.[1] ?? ''
    const answer = await createNet({ allow: parseAllowHosts(entry), store: null, lookup }).request(get(url))
    expect(String(Buffer.from(answer.body))).toBe('SECRET')
  }
})

test('a name that leads elsewhere at the next question is asked, and checked, for each connection', async () => {
  let questions = 0
  const rebinding = async () => (questions++ === 0 ? ['127.0.0.1'] : ['169.254.169.254'])
  const net = createNet({ allow: parseAllowHosts('rebind.test'), store: null, lookup: rebinding })
  const closing = { ...get(`http://rebind.test:${server.port}/`), method: 'HEAD' }
  expect((await net.request(closing)).status).toBe(200)
  expect(questions).toBe(1)
  await expect(net.request(closing)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
  expect(questions).toBe(2)
})

test('a redirect is the answer, and is not followed', async () => {
  const before = metadataRequests
  const net = createNet({ allow: parseAllowHosts('127.0.0.1'), store: null })
  const answer = await net.request(get(`http://127.0.0.1:${server.port}/redirect`))
  expect(answer).toMatchObject({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' } })
  expect(metadataRequests).toBe(before)
})

test('the own store is not reached although it is allowed, nor when it cannot be found', async () => {
  const allow = parseAllowHosts('0.0.0.0/0 ::/0 localhost 127.0.0.1')
  const url = `http://127.0.0.1:${server.port}/`
  const connections = server.connections()
  const here = createNet({ allow, store: { host: 'localhost', port: server.port } })
  await expect(here.request(get(url))).rejects.toMatchObject({ code: 'ADDRESS_REFUSED', detail: expect.stringContaining('own store') })
  const lost = createNet({ allow, store: { host: 'db.invalid', port: server.port } })
  await expect(lost.request(get(url))).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
  expect(server.connections()).toBe(connections)
  const elsewhere = createNet({ allow, store: { host: 'localhost', port: server.port + 1 } })
  expect((await elsewhere.request(get(url))).status).toBe(200)
})

test('proxies of the environment do not lead around the guard', async () => {
  const net = createNet({ allow: [], store: null })
  process.env['HTTP_PROXY'] = `http://127.0.0.1:${server.port}`
  try {
    const connections = server.connections()
    await expect(net.request(get('http://10.255.255.1/'))).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' })
    expect(server.connections()).toBe(connections)
  } finally {
    delete process.env['HTTP_PROXY']
  }
})

test.each([
  'unix:///var/run/docker.sock',
  'http+unix://%2Fvar%2Frun%2Fdocker.sock/x',
  'file:///etc/passwd',
  'ftp://host.example/',
  '/x',
  'http://',
])('%s is refused', async (url) => {
  await expect(createNet({ allow: [], store: null }).request(get(url))).rejects.toMatchObject({
    code: 'INVALID',
    errors: [{ pointer: '/url' }],
  })
})
