/** Decides which addresses may be reached. It knows no network: look-ups are done by who asks. */
import { isLoopback, metadataRange, specialRange } from './address-ranges.ts'
import { isAllowed } from './allow-hosts.ts'
import type { AllowEntry } from './allow-hosts.ts'
import { ipBytes, ipv4Inside } from './ip-address.ts'

/** What a connection is for. A request goes where a person's URL says; a socket to a server that was set up, often in the own network. */
export type Purpose = 'request' | 'socket'

export interface Target {
  /** As it was asked for: a name or an address. */
  readonly host: string
  readonly port: number
  readonly purpose: Purpose
}

export interface Policy {
  /** SEGUE_ALLOW_HOSTS. */
  readonly allow: readonly AllowEntry[]
  /** The own store, where it is reached by TCP: its port, its addresses now, and those of this machine. */
  readonly store: { readonly port: number; readonly addresses: readonly string[]; readonly ofThisMachine: readonly string[] } | null
}

export interface Refusal {
  /** What the address is: "a private address". */
  readonly what: string
  /** True where SEGUE_ALLOW_HOSTS can allow it. */
  readonly canBeAllowed: boolean
}

/**
 * Why an address must not be connected to for this target; null where it may.
 *
 * Nothing allows metadata services (also inside addresses of NAT64, 6to4 and the like) and the own store. Addresses that are not of the
 * public Internet are for requests only where the list allows them; for sockets they are ordinary.
 */
export function refusalOf(address: string, target: Target, policy: Policy): Refusal | null {
  const bytes = ipBytes(address)
  if (bytes === null) return { what: 'no IP address', canBeAllowed: false }
  for (const reached of [bytes, ...ipv4Inside(bytes)]) {
    const what = metadataRange(reached) ?? (isStore(reached, target.port, policy.store) ? 'the own store of Segue' : null)
    if (what !== null) return { what, canBeAllowed: false }
  }
  if (target.purpose === 'socket' || isAllowed(policy.allow, target.host, bytes, target.port)) return null
  const what = specialRange(bytes)
  return what === null ? null : { what, canBeAllowed: true }
}

/** A store on this machine is behind each of the machine's addresses: 127.0.0.2 and the address in the LAN lead to it as well. */
function isStore(address: Uint8Array, port: number, store: Policy['store']): boolean {
  if (store === null || store.port !== port) return false
  const addresses = store.addresses.flatMap((text) => ipBytes(text) ?? [])
  const own = store.ofThisMachine.flatMap((text) => ipBytes(text) ?? [])
  const isOwn = (bytes: Uint8Array): boolean => isLoopback(bytes) || own.some((other) => same(other, bytes))
  return addresses.some((other) => same(other, address)) || (isOwn(address) && addresses.some(isOwn))
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
