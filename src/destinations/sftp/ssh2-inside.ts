/** What is taken from ssh2's private fields, in one place: each of it is optional, and where ssh2 looks different nothing happens. */
import { createSecretKey, KeyObject } from 'node:crypto'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { Client } from 'ssh2'
import { gcmPackets } from './gcm-packets.ts'

/** The software that the server named in its ident string, such as `OpenSSH_9.2p1`; an empty text where it is not known. */
export function serverSoftware(client: Client): string {
  const software = field(client, '_remoteVer')
  return typeof software === 'string' ? software : ''
}

/**
 * Without its native binding ssh2 hands the raw AES key to `createCipheriv` or `createDecipheriv` for every packet, and Node looks into
 * and prepares it anew each time, which takes longer than the work on most packets. This hands over the same keys prepared, and makes
 * outgoing packets of AES-GCM as gcm-packets.ts does; call it after each key exchange. Returns what it changed: nothing where ssh2 looks
 * different inside.
 */
export function prepareCiphers(client: Client, socket: Socket): { readonly keys: number; readonly packets: boolean } {
  const protocol = field(client, '_protocol')
  const cipher = field(protocol, '_cipher')
  const keys = [prepareKey(cipher, '_encKey'), prepareKey(field(protocol, '_decipher'), '_decipherKey')].filter(Boolean).length
  return { keys, packets: ourGcmPackets(cipher, socket) }
}

function prepareKey(cipher: unknown, name: string): boolean {
  const key = field(cipher, name)
  return isObject(cipher) && Buffer.isBuffer(key) && Reflect.set(cipher, name, createSecretKey(key))
}

/** The methods of AESGCMCipherNative in lib/protocol/crypto.js; `_dead` and `outSeqno` are what the rest of ssh2 writes and reads. */
function ourGcmPackets(cipher: unknown, socket: Socket): boolean {
  const [algorithm, key, iv] = ['_encSSLName', '_encKey', '_encIV'].map((name) => field(cipher, name))
  const isGcm = algorithm === 'aes-128-gcm' || algorithm === 'aes-256-gcm'
  if (!isObject(cipher) || !isGcm || !(key instanceof KeyObject) || !Buffer.isBuffer(iv) || iv.length !== 12) return false
  const write = (bytes: Buffer, sent?: () => void): void => {
    if (socket.writable) socket.write(bytes, sent)
  }
  const packets = gcmPackets({ algorithm, key, iv, write })
  const encrypt = (packet: Buffer): void => {
    if (field(cipher, '_dead') === true) return
    packets.encrypt(packet)
    Reflect.set(cipher, 'outSeqno', (Number(field(cipher, 'outSeqno')) + 1) >>> 0)
  }
  return Reflect.set(cipher, 'allocPacket', packets.allocPacket) && Reflect.set(cipher, 'encrypt', encrypt)
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
