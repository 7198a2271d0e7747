import { createPrivateKey } from 'node:crypto'
import ssh2, { type ParsedKey } from 'ssh2'
import { SegueError } from '../../contract/errors.ts'

/**
 * A private key as people have it: OpenSSH, PEM, PuTTY (version 2), or PKCS#8 as `openssl genpkey` writes it, with or without a
 * passphrase. Throws AUTH_FAILED that says what is wrong and shows nothing of the key.
 */
export function readPrivateKey(text: string, passphrase: string | undefined): ParsedKey {
  const parsed = ssh2.utils.parseKey(fromPkcs8(text, passphrase) ?? text, passphrase)
  const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed
  if (key instanceof Error) throw new SegueError('AUTH_FAILED', explain(key.message, passphrase !== undefined))
  if (!isParsedKey(key) || !key.isPrivateKey()) {
    throw new SegueError('AUTH_FAILED', 'The private key of the credential is a public key; give the private one.')
  }
  return key
}

function isParsedKey(key: unknown): key is ParsedKey {
  return typeof key === 'object' && key !== null && 'isPrivateKey' in key
}

/** ssh2 does not read PKCS#8; RSA and EC keys have an older PEM form that it does. Null where it is something else. */
function fromPkcs8(text: string, passphrase: string | undefined): string | null {
  if (!/-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(text)) return null
  if (text.includes('ENCRYPTED') && passphrase === undefined) throw new SegueError('AUTH_FAILED', explain('no passphrase', false))
  try {
    const key = createPrivateKey({ key: text, format: 'pem', ...(passphrase !== undefined && { passphrase }) })
    if (key.asymmetricKeyType === 'rsa') return key.export({ format: 'pem', type: 'pkcs1' }).toString()
    if (key.asymmetricKeyType === 'ec') return key.export({ format: 'pem', type: 'sec1' }).toString()
  } catch {
    throw new SegueError('AUTH_FAILED', explain('', passphrase !== undefined))
  }
  throw new SegueError('AUTH_FAILED', 'A private key of this type is read in the OpenSSH form only; ssh-keygen -p -f FILE writes it so.')
}

/** Which of the three things it is; the library's own text is not shown, as it may quote the key. */
function explain(reason: string, hasPassphrase: boolean): string {
  if (/no passphrase/i.test(reason)) return 'The private key is encrypted; give its passphrase in the credential.'
  if (hasPassphrase) return 'The private key cannot be read; the passphrase is wrong, or the key is damaged.'
  return 'The private key cannot be read; give it whole, from its BEGIN line to its END line.'
}
