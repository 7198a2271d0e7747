/** SFTP beyond the conformance suite: who is trusted, who is let in, and what happens when a server or a line fails. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepareCipherKey } from '../src/destinations/sftp/cipher-key.ts'
import { sftp } from '../src/destinations/sftp/definition.ts'
import { sshNativeCipher } from '../src/destinations/sftp/server-facts.ts'
import { destinationContext } from './helpers/destination-context.ts'
import { startPlainSftpServer, type PlainSftpServer } from './helpers/plain-sftp-server.ts'
import { canMount, mountSmallDisk } from './helpers/small-disk.ts'
import { hasSshd, isRoot, makeUser, startSshd, type Sshd } from './helpers/sshd.ts'
import { startTcpProxy } from './helpers/tcp-proxy.ts'

const wrongFingerprint = 'SHA256:uNiVztksCsDhcc0u9e8BrrJXVfG3xx2Nq2iUn4s5Ev0'
const to = { name: 'report.csv', temporaryName: '.report.csv.run_1.1.part' }

describe('a server without extensions', () => {
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

  test('an unpinned host key is refused with its fingerprint, before anything secret is sent', async () => {
    const tries = server.tried.length
    const { hostKey: _, ...unpinned } = settings()
    await expect(sftp.open(destinationContext({ settings: unpinned, secrets: login() }))).rejects.toMatchObject({
      code: 'HOST_KEY_UNPINNED',
      detail: expect.stringMatching(/SHA256:[A-Za-z0-9+/]{43} \(ssh-ed25519\)/),
    })
    expect(server.tried).toHaveLength(tries)
  })

  test('another host key than the pinned one is refused, naming both, before anything secret is sent', async () => {
    const tries = server.tried.length
    const context = destinationContext({ settings: settings({ hostKey: wrongFingerprint }), secrets: login() })
    await expect(sftp.open(context)).rejects.toMatchObject({
      code: 'HOST_KEY_MISMATCH',
      detail: expect.stringMatching(/SHA256:.* \(ssh-ed25519\); the pinned one is SHA256:uNiVztks/),
    })
    expect(server.tried).toHaveLength(tries)
  })

  test('first-seen remembers the key that it met, and holds later connections to it', async () => {
    const first = destinationContext({ settings: settings(), secrets: login() })
    const { facts } = await sftp.check(first)
    expect(first.kept).toEqual({ hostKey: facts['hostKey'] })
    const second = destinationContext({ settings: settings(), secrets: login(), remembered: first.kept })
    await (await sftp.open(second)).close()
    expect(second.kept).toEqual({})
    const changed = destinationContext({ settings: settings(), secrets: login(), remembered: { hostKey: wrongFingerprint } })
    await expect(sftp.open(changed)).rejects.toMatchObject({ code: 'HOST_KEY_MISMATCH' })
  })

  test('a key is not remembered of a server that refuses the sign-in', async () => {
    const context = destinationContext({ settings: settings(), secrets: login({ password: 'guess' }) })
    await expect(sftp.open(context)).rejects.toMatchObject({ code: 'AUTH_FAILED' })
    expect(context.kept).toEqual({})
  })

  test('a wrong password is shown once; the error names the user and not the password', async () => {
    const before = server.tried.length
    const error: unknown = await sftp
      .open(destinationContext({ settings: settings(), secrets: login({ password: 'hunter2-secret' }) }))
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'AUTH_FAILED', detail: expect.stringContaining('acme') })
    expect(String(error)).not.toContain('hunter2')
    expect(server.tried.slice(before)).toEqual(['none', 'password'])
  })

  test('a server that asks for the password as a question is answered', async () => {
    await using asking = await startPlainSftpServer({ method: 'keyboard-interactive' })
    const context = (password: string) =>
      destinationContext({ settings: { ...settings(), port: asking.port, folder: asking.folder }, secrets: login({ password }) })
    await expect(sftp.check(context(asking.password))).resolves.toMatchObject({ summary: expect.stringContaining('acme') })
    await expect(sftp.check(context('guess'))).rejects.toMatchObject({ code: 'AUTH_FAILED' })
  })

  test('a credential with neither password nor key, or with an unknown field missing, is told apart', async () => {
    const open = (secrets: Record<string, string>) => sftp.open(destinationContext({ settings: settings(), secrets }))
    await expect(open({ user: 'acme' })).rejects.toMatchObject({ code: 'AUTH_FAILED', detail: expect.stringContaining('neither') })
    await expect(open({ password: 'word' })).rejects.toMatchObject({ code: 'SETTING_INVALID', detail: expect.stringContaining('user') })
  })

  test('over an existing file it cannot rename, unless removing first is allowed', async () => {
    writeFileSync(join(server.folder, to.name), 'old')
    const careful = await sftp.open(destinationContext({ settings: settings(), secrets: login() }))
    const upload = await careful.begin(to)
    await upload.write(Buffer.from('new'))
    await upload.stage({ bytes: 3 })
    await expect(careful.publish(to, 'replace')).rejects.toMatchObject({ code: 'CANNOT_RENAME', detail: expect.stringContaining(to.name) })
    expect(readFileSync(join(server.folder, to.name), 'utf8')).toBe('old')
    const bold = await sftp.open(destinationContext({ settings: settings({ removeThenRename: true }), secrets: login() }))
    expect(await bold.publish(to, 'replace')).toBe(to.name)
    expect(readFileSync(join(server.folder, to.name), 'utf8')).toBe('new')
    await Promise.all([careful.close(), bold.close()])
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

  test('the cipher key is prepared once where ssh2 has no native binding', async () => {
    const client = new ssh2.Client()
    client.connect({ host: server.host, port: server.port, username: server.user, password: server.password })
    await once(client, 'ready')
    expect(prepareCipherKey(client)).toBe(!sshNativeCipher())
    // The connection still works with it.
    await new Promise<void>((resolve, reject) => client.sftp((error) => (error ? reject(error) : resolve())))
    client.end()
  })
})

describe.skipIf(!hasSshd)(hasSshd ? 'OpenSSH' : 'OpenSSH (sshd is not installed)', () => {
  let server: Sshd
  beforeAll(async () => {
    server = await startSshd()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  const settings = (more: Record<string, unknown> = {}) => ({
    host: server.host,
    port: server.port,
    folder: server.folder,
    hostKey: server.hostKeys.ed25519,
    ...more,
  })
  const login = (secrets: Record<string, string> = {}) => ({ user: server.user, privateKey: server.privateKey, ...secrets })

  test('the connection test tells who signed in, the folder, the host key, and how it will write', async () => {
    const result = await sftp.check(destinationContext({ settings: settings(), secrets: login() }))
    expect(result.facts).toEqual({ hostKey: server.hostKeys.ed25519 })
    expect(result.summary).toContain(`Signed in to 127.0.0.1:${server.port} as ${server.user}`)
    expect(result.summary).toContain('writes of 255 KB')
  })

  test('any key of the server may be pinned, not only the one that it shows first', async () => {
    const result = await sftp.check(destinationContext({ settings: settings({ hostKey: server.hostKeys.rsa }), secrets: login() }))
    expect(result.facts).toEqual({ hostKey: server.hostKeys.rsa })
  })

  test('a mismatch names every key that the server has', async () => {
    const opening = sftp.open(destinationContext({ settings: settings({ hostKey: wrongFingerprint }), secrets: login() }))
    await expect(opening).rejects.toMatchObject({ code: 'HOST_KEY_MISMATCH' })
    await expect(opening).rejects.toMatchObject({ detail: expect.stringContaining(server.hostKeys.ed25519) })
    await expect(opening).rejects.toMatchObject({ detail: expect.stringContaining(server.hostKeys.rsa) })
  })

  test('a key that the server does not know is refused, and the error says what was tried', async () => {
    const stranger = ssh2.utils.generateKeyPairSync('ed25519').private
    await expect(sftp.open(destinationContext({ settings: settings(), secrets: login({ privateKey: stranger }) }))).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      detail: expect.stringContaining('tried: publickey'),
    })
  })

  test('a server that ends the connection after too many tries has refused the sign-in', async () => {
    await using strict = await startSshd({ config: ['MaxAuthTries 1'] })
    const stranger = ssh2.utils.generateKeyPairSync('ed25519').private
    const context = destinationContext({
      settings: { ...settings(), port: strict.port, hostKey: 'first-seen' },
      secrets: login({ privateKey: stranger, password: 'x' }),
    })
    await expect(sftp.open(context)).rejects.toMatchObject({ code: 'AUTH_FAILED' })
  })

  test('a server without SFTP says so', async () => {
    await using shellOnly = await startSshd({ sftp: false })
    const context = destinationContext({
      settings: { ...settings(), port: shellOnly.port, hostKey: 'first-seen' },
      secrets: { user: shellOnly.user, privateKey: shellOnly.privateKey },
    })
    await expect(sftp.open(context)).rejects.toMatchObject({
      code: 'DESTINATION_FAILED',
      detail: expect.stringContaining('offers no SFTP'),
    })
  })

  test('files get the permissions that are set', async () => {
    const destination = await sftp.open(destinationContext({ settings: settings({ permissions: '0640' }), secrets: login() }))
    const upload = await destination.begin(to)
    await upload.stage({ bytes: 0 })
    await destination.publish(to, 'replace')
    await destination.close()
    expect((statSync(join(server.folder, to.name)).mode & 0o777).toString(8)).toBe('640')
  })

  test('a server that is killed while it writes is a lost connection', async () => {
    await using doomed = await startSshd()
    const context = destinationContext({
      settings: { ...settings(), port: doomed.port, folder: doomed.folder, hostKey: doomed.hostKeys.ed25519 },
      secrets: { user: doomed.user, privateKey: doomed.privateKey },
    })
    await using proxy = await startTcpProxy(doomed)
    const destination = await sftp.open({ ...context, settings: { ...context.settings, port: proxy.port } })
    const upload = await destination.begin(to)
    const writing = (async () => {
      for (;;) await upload.write(randomBytes(100_000))
    })()
    await doomed.stop()
    proxy.cut()
    await expect(writing).rejects.toMatchObject({ code: 'DESTINATION_LOST' })
    expect(readdirSync(doomed.folder)).toEqual([to.temporaryName])
  })

  test.skipIf(isRoot)('a folder that may not be written is named (as an ordinary user)', async () => {
    const locked = join(server.folder, 'locked')
    mkdirSync(locked)
    chmodSync(locked, 0o555)
    await expect(sftp.check(destinationContext({ settings: settings({ folder: locked }), secrets: login() }))).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      detail: expect.stringContaining(locked),
    })
  })

  test.skipIf(!canMount)(
    `a full disk of the server is named, and nothing is left on it${canMount ? '' : ' (may not mount here)'}`,
    async () => {
      using disk = mountSmallDisk()
      const { folder } = disk
      const destination = await sftp.open(destinationContext({ settings: settings({ folder }), secrets: login() }))
      const upload = await destination.begin(to)
      const writing = (async () => {
        for (let block = 0; block < 100; block++) await upload.write(randomBytes(100_000))
        await upload.stage({ bytes: 10_000_000 })
      })()
      await expect(writing).rejects.toMatchObject({ code: 'DISK_FULL', detail: expect.stringContaining(to.temporaryName) })
      await upload.abort()
      await destination.close()
      expect(readdirSync(folder)).toEqual([])
    },
  )

  describe.skipIf(!isRoot)(isRoot ? 'with a user of its own' : 'with a user of its own (needs root)', () => {
    test('a password signs in, and a wrong one is refused without being shown', async () => {
      using user = makeUser()
      await using own = await startSshd({ user: user.name })
      const context = (password: string) =>
        destinationContext({
          settings: { ...settings(), port: own.port, folder: own.folder, hostKey: own.hostKeys.ed25519 },
          secrets: { user: own.user, password },
        })
      await expect(sftp.check(context(user.password))).resolves.toMatchObject({ summary: expect.stringContaining(own.user) })
      const error: unknown = await sftp.check(context('hunter2-secret')).catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'AUTH_FAILED', detail: expect.stringContaining('tried: password') })
      expect(String(error)).not.toContain('hunter2')
    })

    test('a folder that may not be written is named', async () => {
      using user = makeUser()
      await using own = await startSshd({ user: user.name })
      const locked = join(own.folder, 'locked')
      mkdirSync(locked, { mode: 0o755 })
      const context = destinationContext({
        settings: { ...settings(), port: own.port, folder: locked, hostKey: own.hostKeys.ed25519 },
        secrets: { user: own.user, privateKey: own.privateKey },
      })
      await expect(sftp.check(context)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', detail: expect.stringContaining(locked) })
    })
  })
})
