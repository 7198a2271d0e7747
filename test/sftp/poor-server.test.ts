/** SFTP: servers that can do little or damage files, lines that break, and things that are no SFTP at all. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sftp } from '../../src/destinations/sftp/definition.ts'
import { destinationContext } from '../helpers/destination-context.ts'
import { startPlainSftpServer, type PlainSftpServer } from '../helpers/plain-sftp-server.ts'
import { startTcpProxy } from '../helpers/tcp-proxy.ts'

const to = { name: 'report.csv', temporaryName: '.report.csv.run_1.1.part' }

let server: PlainSftpServer
beforeAll(async () => {
  server = await startPlainSftpServer()
})
afterAll(() => server[Symbol.asyncDispose]())
const settings = (more: Record<string, unknown> = {}) => ({
  host: server.host,
  port: server.port,
  folder: server.folder,
  hostKey: 'first-seen',
  ...more,
})
const login = (secrets: Record<string, string> = {}) => ({ user: server.user, password: server.password, ...secrets })

test('over an existing file it cannot rename, unless removing first is allowed', async () => {
  writeFileSync(join(server.folder, to.name), 'old')
  const careful = await sftp.open(destinationContext({ settings: settings(), secrets: login() }))
  const upload = await careful.begin(to)
  await upload.write(Buffer.from('new'))
  await upload.stage({ bytes: 3 })
  await expect(careful.publish(to, 'replace')).rejects.toMatchObject({ code: 'CANNOT_RENAME', detail: expect.stringContaining(to.name) })
  expect(readFileSync(join(server.folder, to.name), 'utf8')).toBe('old')
  const bold = await sftp.open(destinationContext({ settings: settings({ removeThenRename: true }), secrets: login() }))
  await bold.publish(to, 'replace')
  expect(readFileSync(join(server.folder, to.name), 'utf8')).toBe('new')
  await Promise.all([careful.close(), bold.close()])
})

test('nothing is removed for a temporary file that is gone, even if the server does not say so', async () => {
  await using vague = await startPlainSftpServer({ vague: true })
  writeFileSync(join(vague.folder, to.name), 'old')
  const more = { port: vague.port, folder: vague.folder, removeThenRename: true }
  const destination = await sftp.open(destinationContext({ settings: settings(more), secrets: login() }))
  await expect(destination.publish(to, 'replace')).rejects.toMatchObject({
    code: 'DESTINATION_FAILED',
    detail: expect.stringContaining('is gone'),
  })
  await destination.close()
  expect(readFileSync(join(vague.folder, to.name), 'utf8')).toBe('old')
})

test('it gets no write larger than 32 KB', async () => {
  const destination = await sftp.open(destinationContext({ settings: settings(), secrets: login() }))
  const upload = await destination.begin({ name: 'big', temporaryName: '.big.part' })
  await upload.write(randomBytes(1_000_000))
  await upload.stage({ bytes: 1_000_000 })
  await upload.abort()
  await destination.close()
  expect(server.largestWrite).toBeGreaterThan(30_000)
  expect(server.largestWrite).toBeLessThanOrEqual(32 * 1024)
})

test('a file that a server damages is not staged', async () => {
  await using damaging = await startPlainSftpServer({ damages: true })
  const destination = await sftp.open(
    destinationContext({ settings: { ...settings(), port: damaging.port, folder: damaging.folder }, secrets: login() }),
  )
  const upload = await destination.begin(to)
  await upload.write(Buffer.from('12345'))
  await expect(upload.stage({ bytes: 5 })).rejects.toMatchObject({ code: 'SIZE_MISMATCH', detail: expect.stringContaining('4 bytes') })
  await upload.abort()
  await destination.close()
  expect(readdirSync(damaging.folder)).toEqual([])
})

test('a connection that is cut while it writes is lost, and a new one discards what it left', async () => {
  await using proxy = await startTcpProxy(server)
  const destination = await sftp.open(destinationContext({ settings: settings({ port: proxy.port }), secrets: login() }))
  const upload = await destination.begin(to)
  await upload.write(randomBytes(500_000))
  proxy.cut()
  const lost = expect.objectContaining({ code: 'DESTINATION_LOST', detail: expect.stringContaining(`127.0.0.1:${proxy.port}`) })
  await expect(upload.stage({ bytes: 500_000 })).rejects.toEqual(lost)
  await expect(upload.write(randomBytes(10))).rejects.toEqual(lost)
  await expect(destination.publish(to, 'fail')).rejects.toEqual(lost)
  await upload.abort()
  await destination.close()
  expect(readdirSync(server.folder)).toContain(to.temporaryName)
  const again = await sftp.open(destinationContext({ settings: settings(), secrets: login() }))
  await again.discard(to.temporaryName)
  await again.close()
  expect(readdirSync(server.folder)).not.toContain(to.temporaryName)
})

test('a server that stops reading holds the writer back, and an abort frees it at once', async () => {
  await using proxy = await startTcpProxy(server)
  const controller = new AbortController()
  const destination = await sftp.open(
    destinationContext({ settings: settings({ port: proxy.port }), secrets: login(), signal: controller.signal }),
  )
  const upload = await destination.begin({ name: 'stalled', temporaryName: '.stalled.part' })
  proxy.stall()
  // 64 requests of 31 KB may be under way; the write of one more byte waits.
  await upload.write(Buffer.alloc(64 * 31 * 1024))
  const waiting = upload.write(Buffer.alloc(1)).then(
    () => 'written',
    (error: unknown) => error,
  )
  await new Promise((resolve) => setImmediate(resolve))
  expect(await Promise.race([waiting, Promise.resolve('waiting')])).toBe('waiting')
  const reason = new Error('cancelled')
  controller.abort(reason)
  expect(await waiting).toBe(reason)
})

test('an abort while it connects ends at once', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const controller = new AbortController()
  const opening = sftp.open(destinationContext({ settings: settings({ port }), secrets: login(), signal: controller.signal }))
  const [socket] = await once(silent, 'connection')
  const reason = new Error('cancelled')
  controller.abort(reason)
  await expect(opening).rejects.toBe(reason)
  socket.destroy()
  silent.close()
})

test.each(['220 ftp.partner.example ready\r\n', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-1.5-Old\r\n', ''])(
  'a server that says %j is not an SSH server',
  async (greeting) => {
    const other = createServer((socket) => socket.on('error', () => undefined).end(greeting)).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    await expect(sftp.open(destinationContext({ settings: settings({ port }), secrets: login() }))).rejects.toMatchObject({
      code: 'DESTINATION_FAILED',
      detail: expect.stringContaining(`127.0.0.1:${port} does not speak SSH as expected`),
    })
    other.close()
  },
)
