import { createRequire } from 'node:module'
import type { SFTPWrapper } from 'ssh2'
import { z } from 'zod'

/** What every server takes: the SFTP draft asks for 32 KB of data, and with 31 KB a request fits into one SSH packet. */
const safeBlock = 31 * 1024
/** What OpenSSH takes in one write request (`limits@openssh.com` of its sftp-server says 255 KB). */
const largeBlock = 255 * 1024

/** What a server says of itself that decides how files are written to it. */
export interface ServerFacts {
  /** Extension requests that it offers, such as `posix-rename@openssh.com`. */
  readonly extensions: ReadonlySet<string>
  /** Bytes of data in one write request. Servers are known that damage files when it is more than they can take. */
  readonly blockBytes: number
  /** Write requests that may wait for their answer at once: about 2 MB, the window that OpenSSH gives. */
  readonly requestsAtOnce: number
}

/** ssh2 keeps what the server announced in fields that its types do not name; anything unexpected means the safe choice. */
const announced = z.object({
  _extensions: z.record(z.string(), z.string()),
  _isOpenSSH: z.unknown(),
  _maxWriteLen: z.int().positive(),
})

/** Large blocks go only to servers known to take them: OpenSSH by its ident string, or whoever states a limit of its own. */
export function readServerFacts(sftp: SFTPWrapper): ServerFacts {
  const parsed = announced.safeParse(sftp)
  if (!parsed.success) return { extensions: new Set(), blockBytes: safeBlock, requestsAtOnce: 64 }
  const { _extensions: extensions, _isOpenSSH: isOpenSsh, _maxWriteLen: limit } = parsed.data
  const known = isOpenSsh === true || extensions['limits@openssh.com'] === '1'
  const blockBytes = Math.min(known ? largeBlock : safeBlock, limit)
  return { extensions: new Set(Object.keys(extensions)), blockBytes, requestsAtOnce: blockBytes > safeBlock ? 16 : 64 }
}

/**
 * True where ssh2 encrypts with its own native binding. It is optional (install scripts do not run) and fails silently when it was
 * built for another Node; without it transfers are correct and use more processor time. For `segue doctor`.
 */
export function sshNativeCipher(): boolean {
  const internals: unknown = createRequire(import.meta.url)('ssh2/lib/protocol/crypto.js')
  return z.object({ bindingAvailable: z.boolean() }).safeParse(internals).data?.bindingAvailable ?? false
}
