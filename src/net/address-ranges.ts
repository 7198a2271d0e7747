/** The ranges of addresses that are no business of a destination, and what they are. */
import { isInside, parseNetwork } from './ip-address.ts'
import type { Network } from './ip-address.ts'

interface Range {
  readonly network: Network
  readonly what: string
}

/**
 * Addresses that hand out a machine's own credentials, or that stand for whoever asks: refused whatever is allowed.
 * From the documents of the clouds: Amazon (169.254.169.254, 169.254.170.2, fd00:ec2::254), Google (fd20:ce::254), Azure (168.63.129.16),
 * Alibaba (100.100.100.200), Oracle (192.0.0.192), Scaleway (fd00:42::42), OpenStack (fe80::a9fe:a9fe).
 */
const metadata: readonly Range[] = ranges([
  ['169.254.0.0/16', 'a link-local address, where clouds have their metadata'],
  ['fe80::/10', 'a link-local address, where clouds have their metadata'],
  ['168.63.129.16', 'a metadata address of Azure'],
  ['100.100.100.200', 'the metadata address of Alibaba Cloud'],
  ['192.0.0.192', 'the metadata address of Oracle Cloud'],
  ['fd00:ec2::/32', 'a metadata address of Amazon'],
  ['fd20:ce::254', 'the metadata address of Google'],
  ['fd00:42::42', 'the metadata address of Scaleway'],
])

/** Addresses that are not of the public Internet (the IANA registries of special-purpose addresses, RFC 6890). */
const special: readonly Range[] = ranges([
  ['0.0.0.0/8', 'this machine'],
  ['127.0.0.0/8', 'this machine (loopback)'],
  ['::/128', 'this machine'],
  ['::1/128', 'this machine (loopback)'],
  ['10.0.0.0/8', 'a private address'],
  ['172.16.0.0/12', 'a private address'],
  ['192.168.0.0/16', 'a private address'],
  ['100.64.0.0/10', 'an address inside a provider or an overlay network'],
  ['fc00::/7', 'a private address'],
  ['fec0::/10', 'a private address'],
  ['192.0.0.0/24', 'an address for protocols'],
  ['192.0.2.0/24', 'an address for documentation'],
  ['198.51.100.0/24', 'an address for documentation'],
  ['203.0.113.0/24', 'an address for documentation'],
  ['192.88.99.0/24', 'an address of a tunnel'],
  ['198.18.0.0/15', 'an address for benchmarks'],
  ['224.0.0.0/4', 'a multicast address'],
  ['240.0.0.0/4', 'a reserved address'],
  ['::/96', 'an IPv4 address in an old form'],
  ['::ffff:0:0:0/96', 'an IPv4 address behind a translator'],
  ['64:ff9b::/96', 'an IPv4 address behind a translator'],
  ['64:ff9b:1::/48', 'an IPv4 address behind a translator'],
  ['100::/64', 'an address that discards'],
  ['2001::/23', 'an address of a tunnel or a protocol'],
  ['2001:db8::/32', 'an address for documentation'],
  ['3fff::/20', 'an address for documentation'],
  ['2002::/16', 'an address of a tunnel'],
  ['5f00::/16', 'an address for protocols'],
  ['ff00::/8', 'a multicast address'],
])

const thisMachine: readonly Range[] = special.filter(({ what }) => what.startsWith('this machine'))

/** What the address is, where it is one of metadata services; null where it is not. */
export const metadataRange = (address: Uint8Array): string | null => named(metadata, address)

/** What the address is, where it is not of the public Internet; null where it is. */
export const specialRange = (address: Uint8Array): string | null => named(special, address)

/** True for addresses by which every machine reaches itself. */
export const isLoopback = (address: Uint8Array): boolean => named(thisMachine, address) !== null

function named(list: readonly Range[], address: Uint8Array): string | null {
  return list.find(({ network }) => isInside(address, network))?.what ?? null
}

function ranges(list: readonly (readonly [network: string, what: string])[]): readonly Range[] {
  return list.map(([text, what]) => {
    const network = parseNetwork(text)
    if (network === null) throw new TypeError(`${text} is no network`)
    return { network, what }
  })
}
