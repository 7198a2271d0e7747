import { createServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { parseAllowHosts } from '../../src/net/allow-hosts.ts'
import type { Connecting } from '../../src/net/open-socket.ts'
import { createNet } from '../../src/net/net.ts'
import { get, post } from '../helpers/http-request.ts'
import { httpServer, listening, rawServer } from '../helpers/loopback-server.ts'
import { throwawayCertificate } from '../helpers/throwaway-certificate.ts'
import type { Certificate } from '../helpers/throwaway-certificate.ts'

const certificate = throwawayCertificate(['api.test', '127.0.0.1'])

const net = (more: Partial<Connecting> = {}) =>
  createNet({ allow: parseAllowHosts('127.0.0.1'), store: null, lookup: async () => ['127.0.0.1'], ...more })

const httpsServer = (shown: Certificate, requests: string[] = []) =>
  listening(
    createServer({ key: shown.key, cert: shown.cert }, (incoming, outgoing) => {
      requests.push(incoming.socket instanceof TLSSocket ? String(incoming.socket.servername) : '')
      outgoing.end('ok')
    }),
  )

test('a server with a certificate that is trusted is sent to, by name and by address, over one connection each', async () => {
  const names: string[] = []
  await using server = await httpsServer(certificate, names)
  const trusting = net({ authorities: certificate.cert })
  for (const host of ['api.test', '127.0.0.1', 'API.test.']) {
    for (let index = 0; index < 3; index += 1) {
      const answer = await trusting.request(post(`https://${host}:${server.port}/`, 'x'.repeat(200_000)))
      expect(Buffer.from(answer.body).toString()).toBe('ok')
    }
  }
  expect(server.connections()).toBe(3)
  // What the server is told: a name as RFC 6066 has it, and no address.
  expect(new Set(names)).toEqual(new Set(['api.test', 'false']))
})

test.each([
  ['signed by itself', certificate, {}, 'its certificate is signed by itself (DEPTH_ZERO_SELF_SIGNED_CERT)'],
  [
    'of another name',
    throwawayCertificate(['other.test']),
    { trusted: true },
    'its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)',
  ],
  [
    'expired',
    throwawayCertificate(['api.test'], new Date(Date.now() - 3_600_000)),
    { trusted: true },
    'its certificate has expired (CERT_HAS_EXPIRED)',
  ],
])('nothing is sent to a server whose certificate is %s', async (_what, shown, { trusted }: { trusted?: boolean }, words) => {
  const requests: string[] = []
  await using server = await httpsServer(shown, requests)
  const doubting = net(trusted ? { authorities: shown.cert } : {})
  await expect(doubting.request(get(`https://api.test:${server.port}/`))).rejects.toMatchObject({
    code: 'DESTINATION_UNREACHABLE',
    detail: `api.test:${server.port}: ${words}.`,
  })
  expect(requests).toEqual([])
})

test('the environment cannot switch the check off', async () => {
  await using server = await httpsServer(certificate)
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  try {
    await expect(net().request(get(`https://api.test:${server.port}/`))).rejects.toMatchObject({ code: 'DESTINATION_UNREACHABLE' })
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  }
})

test('a server that speaks no TLS, closes, or is silent is unreachable, with the reason', async () => {
  await using plain = await httpServer((_incoming, outgoing) => outgoing.end('ok'))
  await using closing = await rawServer((socket) => socket.end())
  await using silent = await rawServer(() => undefined)
  const outcomes: [number, RegExp][] = [
    [plain.port, /: it does not speak TLS \(ERR_SSL_\w+\)\.$/],
    [closing.port, /: the connection was reset \(ECONNRESET\)\.$/],
    [silent.port, /: no answer within 0\.3 s\.$/],
  ]
  for (const [port, detail] of outcomes) {
    const request = get(`https://api.test:${port}/`)
    await expect(net().request({ ...request, limits: { ...request.limits, connectMs: 300 } })).rejects.toMatchObject({
      code: 'DESTINATION_UNREACHABLE',
      detail: expect.stringMatching(detail),
    })
  }
})

test('a server that speaks TLS where plain HTTP is asked for is told', async () => {
  await using server = await httpsServer(certificate)
  await expect(net().request(get(`http://127.0.0.1:${server.port}/`))).rejects.toMatchObject({
    code: expect.stringMatching(/ANSWER_INVALID|DESTINATION_LOST/),
  })
})
