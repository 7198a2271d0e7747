import { BlockList, isIP } from 'node:net'

const loopbackAddresses = new BlockList()
loopbackAddresses.addSubnet('127.0.0.0', 8, 'ipv4')
loopbackAddresses.addAddress('::1', 'ipv6')

/**
 * True for names and addresses that never leave this machine: localhost, 127.0.0.0/8, ::1. IPv6 without brackets.
 * Any other name is not, wherever it points today: names can be pointed elsewhere tomorrow.
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  const family = isIP(host)
  return family !== 0 && loopbackAddresses.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/** Host and port as they stand in addresses: `name`, `name:80`, `[::1]:80`; null where it is none. The host is without brackets. */
export function splitHostPort(text: string): { readonly host: string; readonly port: number | null } | null {
  const match = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[a-z0-9._-]+))(?::(?<port>\d{1,5}))?$/i.exec(text)
  if (!match) return null
  const { v6, name, port } = match.groups ?? {}
  const number = port === undefined ? null : Number(port)
  if (number !== null && number > 65_535) return null
  return { host: v6 ?? name ?? '', port: number }
}
