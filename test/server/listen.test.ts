import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../../src/server/listen.ts'
import { testApi, type TestApi } from './test-api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
})
afterEach(async () => api.server.close())

describe('listen', () => {
  it('gives the address under which the server then answers', async () => {
    const url = await listen(api.server, '127.0.0.1:0')
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    expect((await fetch(`${url}/api/v1/health`)).status).toBe(200)
  })

  it.each(['0.0.0.0:4400', '[::]:4400', '192.168.0.7:4400', 'example.org:4400', '[fe80::1]:4400', '127.1:4400'])(
    'refuses %s, which other machines may reach',
    async (address) => {
      await expect(listen(api.server, address)).rejects.toThrow(/^LISTEN_REFUSED: /)
      expect(api.server.server.listening).toBe(false)
    },
  )

  it.each(['4400', 'localhost', '127.0.0.1:', '::1:4400', ''])('refuses %j, which is no address', async (address) => {
    await expect(listen(api.server, address)).rejects.toThrow(/^USAGE: /)
  })

  it('says that the port is in use', async () => {
    const other = await testApi()
    const { port } = new URL(await listen(other.server, '127.0.0.1:0'))
    await expect(listen(api.server, `127.0.0.1:${port}`)).rejects.toThrow(
      `LISTEN_FAILED: 127.0.0.1:${port}: the port is in use by another process.`,
    )
    await other.server.close()
  })
})

describe('a request over HTTP', () => {
  it('must name the port that it came in by', async () => {
    const { port } = new URL(await listen(api.server, '127.0.0.1:0'))
    const statusFor = (host: string) => statusOf(Number(port), `GET /api/v1/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect(await statusFor(`127.0.0.1:${port}`)).toBe(200)
    expect(await statusFor('localhost')).toBe(200)
    expect(await statusFor(`localhost:${Number(port) === 1 ? 2 : 1}`)).toBe(403)
    expect(await statusFor(`evil.example:${port}`)).toBe(403)
  })

  it('that is not HTTP does no harm', async () => {
    const { port } = new URL(await listen(api.server, '127.0.0.1:0'))
    expect(await statusOf(Number(port), 'nonsense\r\n\r\n')).toBe(400)
    expect(await statusOf(Number(port), 'GET /api/v1/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toBe(404)
  })
})

/** The status with which the server answers these bytes. */
async function statusOf(port: number, bytes: string): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  let answer = ''
  for await (const block of socket) answer += String(block)
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
}
