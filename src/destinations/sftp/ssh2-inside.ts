/** What is taken from ssh2's private fields, in one place: each of it is optional, and where ssh2 looks different nothing happens. */
import { createSecretKey } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Client } from 'ssh2'

/** The software that the server named in its ident string, such as `OpenSSH_9.2p1`; an empty text where it is not known. */
export function serverSoftware(client: Client): string {
  const software = field(client, '_remoteVer')
  return typeof software === 'string' ? software : ''
}

/**
 * Without its native binding ssh2 hands the raw AES key to `createCipheriv` or `createDecipheriv` for every packet, and Node looks into
 * and prepares it anew each time, which takes longer than the work on most packets. This hands over the same keys prepared; call it
 * after each key exchange. Returns how many keys it prepared: two, or none where ssh2 looks different inside.
 */
export function prepareCipherKeys(client: Client): number {
  const protocol = field(client, '_protocol')
  return [prepareKey(field(protocol, '_cipher'), '_encKey'), prepareKey(field(protocol, '_decipher'), '_decipherKey')].filter(Boolean)
    .length
}

function prepareKey(cipher: unknown, name: string): boolean {
  const key = field(cipher, name)
  return isObject(cipher) && Buffer.isBuffer(key) && Reflect.set(cipher, name, createSecretKey(key))
}

/**
 * True where ssh2 encrypts with its own native binding. It is optional (install scripts do not run) and fails silently when it was
 * built for another Node; without it transfers are correct and use more processor time. For `segue doctor`.
 */
export function sshNativeCipher(): boolean {
  return field(createRequire(import.meta.url)('ssh2/lib/protocol/crypto.js'), 'bindingAvailable') === true
}

function field(of: unknown, name: string): unknown {
  return isObject(of) ? Reflect.get(of, name) : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
