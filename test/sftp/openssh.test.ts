/** SFTP against a real OpenSSH: what only it, or only another user of the machine, can show. */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sftp } from '../../src/destinations/sftp/definition.ts'
import { destinationContext } from '../helpers/destination-context.ts'
import { canMount, mountSmallDisk } from '../helpers/small-disk.ts'
import { hasSshd, isRoot, makeUser, startSshd, type Sshd } from '../helpers/sshd.ts'
import { throwawayKey } from '../helpers/throwaway-key.ts'
import { startTcpProxy } from '../helpers/tcp-proxy.ts'

const wrongFingerprint = 'SHA256:uNiVztksCsDhcc0u9e8BrrJXVfG3xx2Nq2iUn4s5Ev0'
const to = { name: 'report.csv', temporaryName: '.report.csv.run_1.1.part' }

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
    const stranger = throwawayKey()
    await expect(sftp.open(destinationContext({ settings: settings(), secrets: login({ privateKey: stranger }) }))).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      detail: expect.stringContaining('tried: publickey'),
    })
  })

  test('a server that ends the connection after too many tries has refused the sign-in', async () => {
    await using strict = await startSshd({ config: ['MaxAuthTries 1'] })
    const stranger = throwawayKey()
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

  test('a file arrives byte by byte though keys are exchanged anew in the middle of it, many times', async () => {
    await using impatient = await startSshd({ config: ['RekeyLimit 1M'] })
    const place = { port: impatient.port, folder: impatient.folder, hostKey: impatient.hostKeys.ed25519 }
    const context = destinationContext({ settings: { ...settings(), ...place }, secrets: { ...login(), privateKey: impatient.privateKey } })
    const destination = await sftp.open(context)
    const content = randomBytes(12_345_678)
    const upload = await destination.begin(to)
    for (let at = 0; at < content.length; at += 1_000_000) await upload.write(content.subarray(at, at + 1_000_000))
    await upload.stage({ bytes: content.length })
    await destination.publish(to, 'replace')
    await destination.close()
    expect(readFileSync(join(impatient.folder, to.name)).equals(content)).toBe(true)
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
