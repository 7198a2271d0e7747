/** SEGUE_ALLOW_HOSTS: which hosts may be sent to although they are not of the public Internet. */
import { domainToASCII } from 'node:url'
import { SegueError } from '../contract/errors.ts'
import { isInside, parseNetwork } from './ip-address.ts'
import type { Network } from './ip-address.ts'

/** Addresses, or a name with whatever it resolves to; at one port, or at all (null). */
export type AllowEntry = { readonly port: number | null } & (
  | { readonly network: Network }
  | {
      /** In small letters, without a dot at its end. */
      readonly name: string
      /** True for `*.name`: the names below it, not the name itself. */
      readonly below: boolean
    }
)

const forms = 'such as 10.0.0.0/8, 10.1.2.3:8443, [fd00::1]:8443, crm.internal:8443 or *.internal.example'

/**
 * Reads the list: networks, addresses and names, between commas or blanks; an address or a name may have a port.
 * @throws SegueError INVALID that names the first entry at fault
 */
export function parseAllowHosts(text: string): readonly AllowEntry[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseEntry)
}

/** True where an entry is for this host (as it was asked for) or this address, at this port. */
export function isAllowed(allow: readonly AllowEntry[], host: string, address: Uint8Array, port: number): boolean {
  const name = plainName(host)
  return allow.some((entry) => {
    if (entry.port !== null && entry.port !== port) return false
    if ('network' in entry) return isInside(address, entry.network)
    return entry.below ? name.endsWith(`.${entry.name}`) : name === entry.name
  })
}

/** A host name as names are compared: in small letters, without a dot at its end. */
export function plainName(host: string): string {
  return host.toLowerCase().replace(/\.$/, '')
}

function parseEntry(entry: string): AllowEntry {
  const whole = parseNetwork(entry)
  if (whole !== null) return { network: whole, port: null }

  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<host>[^:[\]/]+))(?::(?<port>\d+))?$/.exec(entry)
  const { v6, host, port: digits } = match?.groups ?? {}
  const port = digits === undefined ? null : Number(digits)
  if (match === null || port === 0 || (port ?? 0) > 65_535) throw notAnEntry(entry)

  const network = parseNetwork(v6 ?? host ?? '')
  if (network !== null) return { network, port }
  if (v6 !== undefined) throw notAnEntry(entry)
  return { ...parseName(entry, host ?? ''), port }
}

function parseName(entry: string, host: string): { readonly name: string; readonly below: boolean } {
  const below = host.startsWith('*.')
  const name = plainName(domainToASCII(below ? host.slice(2) : host))
  const labels = name.split('.')
  if (!labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))) throw notAnEntry(entry)
  // 127.1 and 0x7f.1 are addresses in short forms (the URL Standard, "ends in a number checker"): nobody can see which.
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '') || parseNetwork(name) !== null) throw notAnEntry(entry)
  return { name, below }
}

function notAnEntry(entry: string): SegueError {
  const detail = `"${entry}" is neither a network nor an address nor a host name, ${forms}`
  return new SegueError('INVALID', `SEGUE_ALLOW_HOSTS: ${detail}.`, {
    errors: [{ pointer: '/SEGUE_ALLOW_HOSTS', message: detail }],
  })
}
