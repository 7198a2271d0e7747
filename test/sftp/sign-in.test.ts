/** SFTP: which server is trusted, and who is let in. */
import { once } from 'node:events'
import { connect } from 'node:net'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sftp } from '../../src/destinations/sftp/definition.ts'
import { prepareCiphers, sshNativeCipher } from '../../src/destinations/sftp/ssh2-inside.ts'
import { destinationContext } from '../helpers/destination-context.ts'
import { startPlainSftpServer, type PlainSftpServer } from '../helpers/plain-sftp-server.ts'

const wrongFingerprint = 'SHA256:uNiVztksCsDhcc0u9e8BrrJXVfG3xx2Nq2iUn4s5Ev0'

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
    detail: expect.stringMatching(/SHA256:[A-Za-z0-9+/]{43} \(ecdsa-sha2-nistp256\)/),
  })
  expect(server.tried).toHaveLength(tries)
})

test('another host key than the pinned one is refused, naming both, before anything secret is sent', async () => {
  const tries = server.tried.length
  const context = destinationContext({ settings: settings({ hostKey: wrongFingerprint }), secrets: login() })
  await expect(sftp.open(context)).rejects.toMatchObject({
    code: 'HOST_KEY_MISMATCH',
    detail: expect.stringMatching(/SHA256:.* \(ecdsa-sha2-nistp256\); the pinned one is SHA256:uNiVztks/),
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

test('keys and packets are prepared once where ssh2 has no native binding', async () => {
  const client = new ssh2.Client()
  const socket = connect(server.port, server.host)
  client.connect({ sock: socket, username: server.user, password: server.password })
  await once(client, 'ready')
  expect(prepareCiphers(client, socket)).toEqual(sshNativeCipher() ? { keys: 0, packets: false } : { keys: 2, packets: true })
  // The connection still works with it.
  await new Promise<void>((resolve, reject) => client.sftp((error) => (error ? reject(error) : resolve())))
  client.end()
})
