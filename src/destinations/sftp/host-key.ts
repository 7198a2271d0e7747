import { createHash } from 'node:crypto'
import { SegueError } from '../../contract/errors.ts'

/** The value of the setting that pins the first key met. */
export const firstSeen = 'first-seen'

/** A host key as it was met: the fingerprint in the form that OpenSSH prints, and the type of the key. */
export interface MetHostKey {
  readonly fingerprint: string
  readonly type: string
}

/** What a destination knows of its server's key: the setting (a fingerprint, `first-seen` or nothing) and what an earlier connection kept. */
export interface KnownHostKey {
  readonly setting: string | undefined
  readonly remembered: string | undefined
}

/** The fingerprint of a host key in its wire form (RFC 4253, 6.6: the type comes first, with its length before it). */
export function describeHostKey(key: Buffer): MetHostKey {
  const digest = createHash('sha256').update(key).digest('base64')
  return { fingerprint: canonical(`SHA256:${digest}`), type: key.toString('latin1', 4, 4 + key.readUInt32BE(0)) }
}

/** The key that has to be met, or null where none is pinned yet. */
export function pinnedHostKey({ setting, remembered }: KnownHostKey): string | null {
  const pinned = setting === firstSeen ? remembered : setting
  return pinned === undefined ? null : canonical(pinned)
}

/** Whether to go on with a server that shows this key; `new` means: yes, and remember it. */
export function judgeHostKey(met: MetHostKey, known: KnownHostKey): 'trusted' | 'new' | 'mismatch' | 'unpinned' {
  const pinned = pinnedHostKey(known)
  if (pinned !== null) return pinned === met.fingerprint ? 'trusted' : 'mismatch'
  return known.setting === firstSeen ? 'new' : 'unpinned'
}

/** The error of a server that is not trusted: names every key that it showed, so that a person can compare. */
export function hostKeyError(server: string, known: KnownHostKey, met: readonly MetHostKey[]): SegueError {
  const shown = met.map((key) => `${key.fingerprint} (${key.type})`).join(', ')
  const pinned = pinnedHostKey(known)
  if (pinned === null) return new SegueError('HOST_KEY_UNPINNED', `${server} shows the host key ${shown}, and none is pinned.`)
  return new SegueError('HOST_KEY_MISMATCH', `${server} shows the host key ${shown}; the pinned one is ${pinned}.`)
}

/**
 * Key types by family, strongest first. A server may have a key of each and shows the one that we ask for first; a partner may
 * have published the fingerprint of another. So after a mismatch the other families are asked for before it is called one.
 */
const families = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
] as const
export type HostKeyFamily = (typeof families)[number]

/** The families to ask for after those keys were met. An RSA key is named `ssh-rsa` whatever signature goes with it. */
export function otherFamilies(met: readonly MetHostKey[]): readonly HostKeyFamily[] {
  const seen = new Set(met.map((key) => key.type))
  return families.filter((family) => !family.some((type) => seen.has(type)))
}

/** OpenSSH prints no padding; other tools do. */
function canonical(fingerprint: string): string {
  return fingerprint.replace(/=+$/, '')
}
