import { generateKeyPairSync } from 'node:crypto'
import ssh2 from 'ssh2'
import { expect, test } from 'vitest'
import { readPrivateKey } from './private-key.ts'

const { utils } = ssh2
const passphrase = 'correct horse'
const encrypted = utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-cbc', rounds: 4 }).private

test('a key in the OpenSSH form is read, with and without a passphrase', () => {
  expect(readPrivateKey(utils.generateKeyPairSync('ed25519').private, undefined).type).toBe('ssh-ed25519')
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
  expect(failure(utils.generateKeyPairSync('ed25519').public)).toMatchObject({
    code: 'AUTH_FAILED',
    detail: expect.stringContaining('public key'),
  })
  expect(failure(encrypted.slice(0, 200), passphrase)).toMatchObject({ code: 'AUTH_FAILED' })
})
