import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { SegueError } from '../contract/errors.ts'
import type { AllowEntry } from './allow-hosts.ts'
import { refusalOf } from './guard.ts'
import type { Policy, Refusal, Target } from './guard.ts'
import { hostAndPort } from './unreachable.ts'

/** All addresses of a name, as the operating system knows them (also hosts files and short forms of numbers, such as 0x7f.1). */
export type Lookup = (host: string) => Promise<readonly string[]>

export const systemAddresses: Lookup = async (host) => (await systemLookup(host, { all: true })).map(({ address }) => address)

/** What the guard goes by. */
export interface Rules {
  readonly allow: readonly AllowEntry[]
  /** Where the own store is, as SEGUE_DATABASE_URL has it; null where it is reached through a unix socket. */
  readonly store: { readonly host: string; readonly port: number } | null
}

/**
 * The addresses to connect to, each of them allowed. One that is refused refuses the host: a name server that mixes addresses could choose
 * otherwise at the next question. Whoever connects uses these and asks nobody again, so an answer that changes (DNS rebinding) changes nothing.
 * @throws SegueError ADDRESS_REFUSED; the look-up's own error where the name is not known
 */
export async function checkedAddresses(lookup: Lookup, rules: Rules, target: Target): Promise<readonly string[]> {
  const addresses = await addressesOf(lookup, target.host)
  const policy = await currentPolicy(lookup, rules, target.port)
  for (const address of addresses) {
    const refusal = refusalOf(address, target, policy)
    if (refusal !== null) throw refused(target, address, refusal)
  }
  return addresses
}

async function addressesOf(lookup: Lookup, host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  // The empty name would be this machine.
  const addresses = host === '' ? [] : await lookup(host)
  if (addresses.length === 0) throw new Error('the host name is not known')
  return addresses
}

/** The store is looked up at each question: it may move. Where it cannot be found, nothing on its port may be reached. */
async function currentPolicy(lookup: Lookup, { allow, store }: Rules, port: number): Promise<Policy> {
  if (store === null || store.port !== port) return { allow, store: null }
  const ofThisMachine = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address))
  return { allow, store: { port, addresses: await addressesOf(lookup, store.host), ofThisMachine } }
}

function refused({ host, port }: Target, address: string, { what, canBeAllowed }: Refusal): SegueError {
  const place = hostAndPort(host, port)
  const is = host === address ? `${place} is ${what}` : `${place} is at ${address}, ${what}`
  const next = canBeAllowed ? `to allow it, put ${place} in SEGUE_ALLOW_HOSTS` : 'it is never reached, whatever SEGUE_ALLOW_HOSTS says'
  return new SegueError('ADDRESS_REFUSED', `${is}; ${next}.`)
}
