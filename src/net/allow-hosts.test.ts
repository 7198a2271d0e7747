import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAllowed, parseAllowHosts } from './allow-hosts.ts'
import { ipBytes } from './ip-address.ts'

function allows(list: string, host: string, address: string, port = 443): boolean {
  const bytes = ipBytes(address)
  if (bytes === null) throw new Error(`${address} is no address`)
  return isAllowed(parseAllowHosts(list), host, bytes, port)
}

test.each([
  // A network or an address counts for whatever name leads there.
  ['10.0.0.0/8', 'crm.example', '10.255.0.1', 443, true],
  ['10.0.0.0/8', 'crm.example', '11.0.0.1', 443, false],
  ['10.0.0.0/8', 'crm.example', '::ffff:10.255.0.1', 443, true],
  ['fd00::/8', 'crm.example', 'fdff::1', 443, true],
  ['fd00::/8', 'crm.example', 'fc00::1', 443, false],
  ['0.0.0.0/0', 'crm.example', 'fc00::1', 443, false],
  ['10.1.2.3', '10.1.2.3', '10.1.2.3', 443, true],
  ['10.1.2.3', '10.1.2.4', '10.1.2.4', 443, false],
  ['10.1.2.3:8443', 'crm.example', '10.1.2.3', 8443, true],
  ['10.1.2.3:8443', 'crm.example', '10.1.2.3', 443, false],
  ['fd00::1', 'fd00::1', 'fd00::1', 443, true],
  ['[fd00::1]', 'fd00::1', 'fd00::1', 443, true],
  ['[fd00::1]:8443', 'fd00::1', 'fd00::1', 8443, true],
  ['[fd00::1]:8443', 'fd00::1', 'fd00::1', 443, false],
  // A name counts for whatever it leads to.
  ['crm', 'crm', '10.1.2.3', 443, true],
  ['CRM.Internal.', 'crm.internal', '10.1.2.3', 443, true],
  ['crm.internal', 'CRM.internal.', '10.1.2.3', 443, true],
  ['crm.internal', 'other.internal', '10.1.2.3', 443, false],
  ['crm.internal', 'x.crm.internal', '10.1.2.3', 443, false],
  ['crm.internal:8443', 'crm.internal', '10.1.2.3', 8443, true],
  ['crm.internal:8443', 'crm.internal', '10.1.2.3', 443, false],
  ['bücher.example', 'xn--bcher-kva.example', '10.1.2.3', 443, true],
  ['*.internal.example', 'a.internal.example', '10.1.2.3', 443, true],
  ['*.internal.example', 'a.b.internal.example', '10.1.2.3', 443, true],
  ['*.internal.example', 'internal.example', '10.1.2.3', 443, false],
  ['*.internal.example', 'evilinternal.example', '10.1.2.3', 443, false],
  ['*.internal.example:8443', 'a.internal.example', '10.1.2.3', 8443, true],
  ['*.internal.example:8443', 'a.internal.example', '10.1.2.3', 443, false],
])('"%s" says of %s at %s, port %d: %s', (list, host, address, port, expected) => {
  expect(allows(list, host, address, port)).toBe(expected)
})

test('entries stand between commas, blanks and ends of lines', () => {
  expect(parseAllowHosts(' a, b\tc,,\n10.0.0.0/8 ')).toHaveLength(4)
  expect(parseAllowHosts(' , ')).toEqual([])
})

test.each([
  '10.0.0.0/33',
  '10.0.0.0/8:443',
  '10.0.0',
  '127.1',
  '0x7f.1',
  '2130706433',
  '300.1.2.3',
  'crm:0',
  'crm:65536',
  'crm:https',
  'crm:',
  '[fd00::1',
  '[fd00::1]x',
  '[crm]:80',
  'fd00::1::',
  '*',
  '*crm.internal',
  'a.*.internal',
  '*.*.internal',
  '*.10.0.0.1',
  'https://crm.internal',
  'crm.internal/path',
  'user@crm',
  '-crm',
  'crm..internal',
  '.internal',
])('the entry "%s" is refused by name', (entry) => {
  expect(() => parseAllowHosts(`10.0.0.0/8, ${entry}`)).toThrow(
    expect.objectContaining({
      code: 'INVALID',
      detail: expect.stringContaining(`SEGUE_ALLOW_HOSTS: "${entry}" is neither`),
      errors: [{ pointer: '/SEGUE_ALLOW_HOSTS', message: expect.stringContaining(`"${entry}"`) }],
    }),
  )
})

test('whatever is read as a name allows that name and no other', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/)
  const names = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
  fc.assert(
    fc.property(names, names, (name, other) => {
      expect(allows(name, name, '10.0.0.1')).toBe(true)
      expect(allows(name, other, '10.0.0.1')).toBe(name === other)
      expect(allows(`*.${name}`, `x.${name}`, '10.0.0.1')).toBe(true)
      expect(allows(`*.${name}`, other, '10.0.0.1')).toBe(other.endsWith(`.${name}`))
    }),
  )
})

test('whatever is given, the list is read or refused with INVALID', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseAllowHosts(text)
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID' })
      }
    }),
  )
})
