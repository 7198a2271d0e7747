import { expect, test } from 'vitest'
import { parseAllowHosts } from './allow-hosts.ts'
import { refusalOf } from './guard.ts'
import type { Policy, Target } from './guard.ts'

const nothing: Policy = { allow: [], store: null }
const everything: Policy = { allow: parseAllowHosts('0.0.0.0/0 ::/0 host.example'), store: null }
const request: Target = { host: 'host.example', port: 443, purpose: 'request' }
const socket: Target = { ...request, purpose: 'socket' }

test.each([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fd00:42::42',
  'fe80::1',
  'fe80::a9fe:a9fe%eth0',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::100.100.100.200',
  '2002:a9fe:a9fe::',
  '2001:0:1234::5601:5601',
  'fd00::5efe:169.254.169.254',
])('%s is never reached, whatever is allowed and for whatever', (address) => {
  for (const target of [request, socket, { ...request, host: address }]) {
    expect(refusalOf(address, target, everything)).toMatchObject({ canBeAllowed: false })
  }
})

test.each([
  ['0.0.0.0', 'this machine'],
  ['10.0.0.1', 'a private address'],
  ['100.64.0.1', 'an address inside a provider or an overlay network'],
  ['127.0.0.1', 'this machine (loopback)'],
  ['127.255.255.254', 'this machine (loopback)'],
  ['172.16.0.1', 'a private address'],
  ['172.31.255.255', 'a private address'],
  ['192.0.0.8', 'an address for protocols'],
  ['192.0.2.1', 'an address for documentation'],
  ['192.168.0.1', 'a private address'],
  ['198.19.255.255', 'an address for benchmarks'],
  ['198.51.100.1', 'an address for documentation'],
  ['203.0.113.1', 'an address for documentation'],
  ['224.0.0.1', 'a multicast address'],
  ['255.255.255.255', 'a reserved address'],
  ['::', 'this machine'],
  ['::1', 'this machine (loopback)'],
  ['::ffff:127.0.0.1', 'this machine (loopback)'],
  ['::ffff:7f00:1', 'this machine (loopback)'],
  ['::127.0.0.1', 'an IPv4 address in an old form'],
  ['::ffff:0:127.0.0.1', 'an IPv4 address behind a translator'],
  ['64:ff9b::7f00:1', 'an IPv4 address behind a translator'],
  ['64:ff9b:1::1', 'an IPv4 address behind a translator'],
  ['100::1', 'an address that discards'],
  ['2001::1', 'an address of a tunnel or a protocol'],
  ['2001:db8::1', 'an address for documentation'],
  ['2002:7f00:1::', 'an address of a tunnel'],
  ['fc00::1', 'a private address'],
  ['fdff::1', 'a private address'],
  ['ff02::1', 'a multicast address'],
])('%s is for requests only where it is allowed, and %s', (address, what) => {
  expect(refusalOf(address, request, nothing)).toEqual({ what, canBeAllowed: true })
  expect(refusalOf(address, request, everything)).toBeNull()
  expect(refusalOf(address, request, { allow: parseAllowHosts('host.example:443'), store: null })).toBeNull()
  expect(refusalOf(address, request, { allow: parseAllowHosts('host.example:80'), store: null })).not.toBeNull()
  expect(refusalOf(address, socket, nothing)).toBeNull()
})

test.each(['1.1.1.1', '93.184.216.34', '172.15.255.255', '172.32.0.1', '100.128.0.1', '192.0.1.1', '2606:4700::1111', '2a00::1'])(
  '%s is of the public Internet, and reached',
  (address) => {
    expect(refusalOf(address, request, nothing)).toBeNull()
  },
)

test('what is no address is not reached', () => {
  expect(refusalOf('/var/run/postgresql', socket, everything)).toEqual({ what: 'no IP address', canBeAllowed: false })
})

const storeAt = (...addresses: string[]): Policy => ({
  ...everything,
  store: { port: 443, addresses, ofThisMachine: ['192.168.7.7', 'fd12::7'] },
})

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['10.1.2.3', '::ffff:10.1.2.3'],
  ['10.1.2.3', '64:ff9b::10.1.2.3'],
  ['fd00::5', 'fd00::5'],
  // On this machine, by any of its addresses.
  ['127.0.0.1', '127.0.0.2'],
  ['127.0.0.1', '::1'],
  ['127.0.0.1', '0.0.0.0'],
  ['127.0.0.1', '192.168.7.7'],
  ['::1', 'fd12::7'],
  ['192.168.7.7', '127.0.0.1'],
])('the own store at %s is not reached by %s, although it is allowed', (store, address) => {
  for (const target of [request, socket]) {
    expect(refusalOf(address, target, storeAt(store))).toEqual({ what: 'the own store of Segue', canBeAllowed: false })
  }
  expect(refusalOf(address, { ...request, port: 5433 }, storeAt(store))).toBeNull()
})

test('beside the own store, its neighbours are reached', () => {
  expect(refusalOf('10.1.2.4', request, storeAt('10.1.2.3'))).toBeNull()
  expect(refusalOf('127.0.0.1', request, storeAt('10.1.2.3'))).toBeNull()
})
