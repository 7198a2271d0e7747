/** AES-256-GCM with a fresh random nonce per box. A box is one byte of format, 12 of nonce, 16 of tag, and the encrypted bytes. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const format = 1
const nonceBytes = 12
const tagBytes = 16
const headBytes = 1 + nonceBytes + tagBytes

/** Encrypts; `place` (where the box belongs) is authenticated with it and not stored in it: a box that is moved does not open. */
export function sealBox(key: Buffer, place: readonly string[], plain: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(placeBytes(place))
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), encrypted])
}

/** Decrypts; null where key or place is another one, or a byte was changed. */
export function openBox(key: Buffer, place: readonly string[], box: Buffer): Buffer | null {
  if (box.length < headBytes || box[0] !== format) return null
  const nonce = box.subarray(1, 1 + nonceBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(placeBytes(place))
  decipher.setAuthTag(box.subarray(1 + nonceBytes, headBytes))
  try {
    return Buffer.concat([decipher.update(box.subarray(headBytes)), decipher.final()])
  } catch {
    return null
  }
}

/** As JSON, so that no two lists of names give the same bytes. */
const placeBytes = (place: readonly string[]): Buffer => Buffer.from(JSON.stringify(place))
