/** IP addresses as bytes: what they are in, and which IPv4 address hides in an IPv6 one. */
import { isIP, isIPv4 } from 'node:net'

/** A range of addresses of one family: 4 or 16 bytes, of which the first `prefix` bits count. */
export interface Network {
  readonly bytes: Uint8Array
  readonly prefix: number
}

/**
 * The bytes of an address, 4 or 16; null where it is none. An IPv4 address in IPv6 clothes (::ffff:10.0.0.1, RFC 4291 section 2.5.5.2) is
 * that IPv4 address: the operating system connects to it alike. A zone (fe80::1%eth0) is left away.
 */
export function ipBytes(address: string): Uint8Array | null {
  const plain = address.replace(/%.*$/, '')
  const family = isIP(plain)
  if (family === 0) return null
  const bytes = family === 4 ? ipv4Bytes(plain) : ipv6Bytes(plain)
  return isMapped(bytes) ? bytes.subarray(12) : bytes
}

/** `10.0.0.0/8`, `fd00::/8` or one address; null where it is none. */
export function parseNetwork(text: string): Network | null {
  const [address = '', length, ...rest] = text.split('/')
  const bytes = ipBytes(address)
  if (bytes === null || rest.length > 0 || address.includes('%')) return null
  if (length === undefined) return { bytes, prefix: bytes.length * 8 }
  if (!/^\d{1,3}$/.test(length)) return null
  // In ::ffff:10.0.0.0/104 the first 96 bits are the clothes; a shorter prefix would reach far beyond IPv4.
  const prefix = bytes.length === 4 && !isIPv4(address) ? Number(length) - 96 : Number(length)
  return prefix >= 0 && prefix <= bytes.length * 8 ? { bytes, prefix } : null
}

/** True where the address lies in the network; an address of the other family never does. */
export function isInside(address: Uint8Array, { bytes, prefix }: Network): boolean {
  if (address.length !== bytes.length) return false
  return address.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefix - index * 8))
    return (byte ^ (bytes[index] ?? 0)) >> (8 - bits) === 0
  })
}

/**
 * The IPv4 addresses that a gateway or tunnel would reach for this IPv6 address: IPv4-compatible (RFC 4291), translated (RFC 2765),
 * NAT64 (RFC 6052, 8215), 6to4 (RFC 3056), Teredo (RFC 4380), ISATAP (RFC 5214).
 */
export function ipv4Inside(address: Uint8Array): readonly Uint8Array[] {
  if (address.length !== 16) return []
  const at = (...places: readonly number[]) => Uint8Array.from(places, (place) => address[place] ?? 0)
  const tail = at(12, 13, 14, 15)
  const found: Uint8Array[] = []
  if (lastIsIpv4.some((network) => isInside(address, network)) || isIsatap(address)) found.push(tail)
  // The places follow from the length of the prefix (RFC 6052 section 2.2: 48, 56, 64, 96 bits; byte 8 is always skipped).
  if (isInside(address, localNat64)) found.push(at(6, 7, 9, 10), at(7, 9, 10, 11), at(9, 10, 11, 12), tail)
  if (isInside(address, sixToFour)) found.push(at(2, 3, 4, 5))
  if (isInside(address, teredo))
    found.push(
      at(4, 5, 6, 7),
      tail.map((byte) => byte ^ 0xff),
    )
  return found
}

const network = (text: string): Network => {
  const parsed = parseNetwork(text)
  if (parsed === null) throw new TypeError(`${text} is no network`)
  return parsed
}
const lastIsIpv4 = ['::/96', '::ffff:0:0:0/96', '64:ff9b::/96'].map(network)
const localNat64 = network('64:ff9b:1::/48')
const sixToFour = network('2002::/16')
const teredo = network('2001::/32')

function isIsatap(address: Uint8Array): boolean {
  return ((address[8] ?? 0) & 0xfd) === 0 && address[9] === 0 && address[10] === 0x5e && address[11] === 0xfe
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
}

function ipv4Bytes(address: string): Uint8Array {
  return Uint8Array.from(address.split('.'), Number)
}

function ipv6Bytes(address: string): Uint8Array {
  const dotted = /[\d.]+$/.exec(address)?.[0] ?? ''
  const text = isIPv4(dotted) ? address.slice(0, -dotted.length) + asGroups(ipv4Bytes(dotted)) : address
  const [head = '', tail] = text.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const zeros = Array<number>(8 - before.length - after.length).fill(0)
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]))
}

function asGroups([a = 0, b = 0, c = 0, d = 0]: Uint8Array): string {
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

function groupsOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
