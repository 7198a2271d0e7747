/** The instance key: 32 bytes that open everything secret in the store, and are never in it. */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { SegueError } from '../contract/errors.ts'

export interface SecretKeyOptions {
  readonly env: Record<string, string | undefined>
  readonly dataDir: string
  readonly onWarning: (text: string) => void
}

const keyBytes = 32

/**
 * From SEGUE_SECRET_KEY, from the file that SEGUE_SECRET_KEY_FILE names, else from `secret.key` in the data directory, which is made
 * where it is missing, with a warning to keep a copy. Throws SECRET_KEY_INVALID (never with the key in it) and DATA_DIR_UNUSABLE.
 */
export async function loadSecretKey({ env, dataDir, onWarning }: SecretKeyOptions): Promise<Buffer> {
  const { SEGUE_SECRET_KEY: text, SEGUE_SECRET_KEY_FILE: file } = env
  if (text && file) throw new SegueError('SECRET_KEY_INVALID', 'Both SEGUE_SECRET_KEY and SEGUE_SECRET_KEY_FILE are set; only one may be.')
  if (text) return parseSecretKey(text, 'SEGUE_SECRET_KEY')
  if (file) return parseSecretKey(readKeyFile(file), `The file ${file} of SEGUE_SECRET_KEY_FILE`)
  return ownKey(join(dataDir, 'secret.key'), onWarning)
}

/** 32 bytes in base64 (also its URL form) or hex. `source` names where the text comes from, for the error. */
export function parseSecretKey(text: string, source: string): Buffer {
  const trimmed = text.trim()
  const isHex = /^[0-9a-f]{64}$/i.test(trimmed)
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)
  if (isHex) return Buffer.from(trimmed, 'hex')
  if (isBase64) return Buffer.from(trimmed, 'base64')
  throw new SegueError('SECRET_KEY_INVALID', `${source} does not hold ${keyBytes} bytes in base64 or hex.`)
}

function ownKey(path: string, onWarning: (text: string) => void): Buffer {
  if (makeKeyFile(path))
    onWarning(`A secret key was made in ${path}. Keep a copy of it elsewhere: without it the stored credentials cannot be read.`)
  if ((statSync(path).mode & 0o077) !== 0) onWarning(`Others may read ${path}. Close it: chmod 600 ${path}`)
  return parseSecretKey(readKeyFile(path), `The file ${path}`)
}

/** Makes the file unless there is one; of several processes at once one wins, and nobody ever sees half a key. */
function makeKeyFile(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })) return false
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const file = openSync(unfinished, 'wx', 0o600)
    writeSync(file, `${randomBytes(keyBytes).toString('base64')}\n`)
    fsyncSync(file)
    closeSync(file)
    // Unlike a rename, a link never replaces a file that another process has made meanwhile.
    linkSync(unfinished, path)
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw new SegueError('DATA_DIR_UNUSABLE', `The secret key cannot be written to ${path} (${reason(cause)}).`, { cause })
  } finally {
    rmSync(unfinished, { force: true })
  }
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SegueError('SECRET_KEY_INVALID', `The file ${path} cannot be read (${reason(cause)}).`, { cause })
  }
}

const reason = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown error')
