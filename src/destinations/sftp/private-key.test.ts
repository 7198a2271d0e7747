import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { readPrivateKey } from './private-key.ts'

const passphrase = 'correct horse'
/** Made by ssh-keygen for this test, and used for nothing else. */
const plain = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACA4ERIgW3RndYuVUwjW2QByEt9ccXh5vrtZfORkwAr/1QAAAIhsXnO5bF5z
uQAAAAtzc2gtZWQyNTUxOQAAACA4ERIgW3RndYuVUwjW2QByEt9ccXh5vrtZfORkwAr/1Q
AAAED1GtyDLGO7z8Bv18fhoWHRb+Y8fiYT6ovyzAXSUciHSDgREiBbdGd1i5VTCNbZAHIS
31xxeHm+u1l85GTACv/VAAAABHRlc3QB
-----END OPENSSH PRIVATE KEY-----
`
const encrypted = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABCuCU0Fsi
+VDGGcdFb7yn1HAAAABAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIBjFwJGKKBQZaDyG
vfJ7KehWFDUZ/A36nXh6DOD3D1GgAAAAkN/NdlhlwcYzKdht6utIWanxCg3kA3GngQakBV
Z1EZsA+mo+Mb/QTttoOf+YwPx8aNoCJ6eyqSxpScn3NbQSTnPGLc6hjsvZKPyV3jaVYZ+p
3YmJXSdIRw7qISponviPOkInDJxUyTrqeu3Wgoes+Umh83i9TzamTMjAXDjXfTNyPNbfoN
uYKZhcV3VH1NXaCg==
-----END OPENSSH PRIVATE KEY-----
`
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDgREiBbdGd1i5VTCNbZAHIS31xxeHm+u1l85GTACv/V'

test('a key in the OpenSSH form is read, with and without a passphrase', () => {
  expect(readPrivateKey(plain, undefined).type).toBe('ssh-ed25519')
  expect(readPrivateKey(encrypted, passphrase).type).toBe('ssh-ed25519')
})

test.each([
  ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'ssh-rsa'],
  ['ec', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ecdsa-sha2-nistp256'],
])('a key of openssl genpkey (%s) is read, with and without a passphrase', (_type, key, expected) => {
  expect(readPrivateKey(key.export({ format: 'pem', type: 'pkcs8' }).toString(), undefined).type).toBe(expected)
  const locked = key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase }).toString()
  expect(readPrivateKey(locked, passphrase).type).toBe(expected)
  expect(() => readPrivateKey(locked, undefined)).toThrow(/give its passphrase/)
  expect(() => readPrivateKey(locked, 'wrong one')).toThrow(/passphrase is wrong/)
})

test('what is wrong with a key is said without showing any of it', () => {
  const failure = (text: string, word?: string) => {
    try {
      readPrivateKey(text, word)
    } catch (error) {
      return error
    }
    return null
  }
  expect(failure(encrypted)).toMatchObject({ code: 'AUTH_FAILED', detail: expect.stringContaining('give its passphrase') })
  expect(failure(encrypted, 'wrong one')).toMatchObject({ code: 'AUTH_FAILED', detail: expect.stringContaining('passphrase is wrong') })
  expect(failure('not a key at all')).toMatchObject({ code: 'AUTH_FAILED', detail: expect.not.stringContaining('not a key at all') })
  expect(failure(publicKey)).toMatchObject({
    code: 'AUTH_FAILED',
    detail: expect.stringContaining('public key'),
  })
  expect(failure(encrypted.slice(0, 200), passphrase)).toMatchObject({ code: 'AUTH_FAILED' })
})
