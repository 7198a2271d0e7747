import { BlockList } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ipBytes, ipv4Inside, isInside, parseNetwork } from './ip-address.ts'

const hex = (address: string): string => Buffer.from(ipBytes(address) ?? []).toString('hex')
const dotted = (bytes: Uint8Array): string => bytes.join('.')

test.each([
  ['10.1.2.3', '0a010203'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['FD00:ec2::254', 'fd000ec2000000000000000000000254'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['64:ff9b::10.1.2.3', '0064ff9b00000000000000000a010203'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ['::ffff:10.1.2.3', '0a010203'],
  ['0:0:0:0:0:FFFF:a01:203', '0a010203'],
])('the bytes of %s are %s', (address, bytes) => {
  expect(hex(address)).toBe(bytes)
})

test.each(['', 'localhost', '127.1', '010.0.0.1', '1.2.3.4.5', '::1::', '12345::'])('"%s" is no address', (text) => {
  expect(ipBytes(text)).toBeNull()
})

test.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129', '::ffff:10.0.0.0/95', 'fe80::1%eth0/64', 'x/8', '10.0.0.0/-1'])(
  '"%s" is no network',
  (text) => {
    expect(parseNetwork(text)).toBeNull()
  },
)

test('a network of mapped addresses is the IPv4 network', () => {
  expect(parseNetwork('::ffff:10.0.0.0/104')).toEqual(parseNetwork('10.0.0.0/8'))
})

test('what is inside a network is what Node says is inside', () => {
  const families = [
    { addresses: fc.ipV4(), family: 'ipv4' as const, bits: 32 },
    { addresses: fc.ipV6(), family: 'ipv6' as const, bits: 128 },
  ]
  for (const { addresses, family, bits } of families) {
    fc.assert(
      fc.property(addresses, addresses, fc.integer({ min: 1, max: bits }), (base, other, prefix) => {
        const network = parseNetwork(`${base}/${prefix}`)
        if (network === null || network.bytes.length * 8 !== bits) return
        const list = new BlockList()
        list.addSubnet(base, prefix, family)
        for (const address of [base, other]) {
          const bytes = ipBytes(address)
          // Node counts mapped addresses to both families; here they are IPv4.
          if (bytes === null || bytes.length !== network.bytes.length) continue
          expect(isInside(bytes, network), `${address} in ${base}/${prefix}`).toBe(list.check(address, family))
        }
      }),
      { numRuns: 500 },
    )
  }
})

test('an address lies in each of its own networks until the first bit that differs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.integer({ min: 0, max: 127 }), (bytes, bit) => {
      const other = bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte))
      expect(isInside(other, { bytes, prefix: bit })).toBe(true)
      expect(isInside(other, { bytes, prefix: bit + 1 })).toBe(false)
    }),
  )
})

test.each([
  ['::169.254.169.254', 'IPv4-compatible'],
  ['::ffff:0:169.254.169.254', 'translated'],
  ['64:ff9b::a9fe:a9fe', 'NAT64'],
  ['64:ff9b:1:a9fe:a9:fe00::', 'local NAT64, prefix of 48 bits'],
  ['64:ff9b:1:00a9:fe:a9fe::', 'local NAT64, prefix of 56 bits'],
  ['64:ff9b:1:0:a9:fea9:fe00::', 'local NAT64, prefix of 64 bits'],
  ['64:ff9b:1::a9fe:a9fe', 'local NAT64, prefix of 96 bits'],
  ['2002:a9fe:a9fe::1', '6to4'],
  ['2001:0:a9fe:a9fe::1', 'server of Teredo'],
  ['2001:0:1234::5601:5601', 'client of Teredo'],
  ['fd00::5efe:169.254.169.254', 'ISATAP'],
  ['fd00::200:5efe:169.254.169.254', 'ISATAP, global'],
])('169.254.169.254 is found inside %s (%s)', (address) => {
  expect(ipv4Inside(ipBytes(address) ?? new Uint8Array()).map(dotted)).toContain('169.254.169.254')
})

test('in an ordinary IPv6 address there is no IPv4 address', () => {
  expect(ipv4Inside(ipBytes('2606:4700::a9fe:a9fe') ?? new Uint8Array())).toEqual([])
})
