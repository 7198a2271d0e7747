import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLoopback, splitHostPort } from './loopback.ts'

describe('isLoopback', () => {
  it.each(['localhost', 'Localhost', '127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1'])('%s stays on this machine', (host) => {
    expect(isLoopback(host)).toBe(true)
  })

  it.each([
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    '128.0.0.1',
    '::2',
    'fe80::1',
    'localhost.',
    'localhost.example',
    '127.1',
    '2130706433',
    '0x7f.1',
    '[::1]',
    'example.org',
  ])('%s does not, or may not', (host) => {
    expect(isLoopback(host)).toBe(false)
  })

  it('takes of the IPv4 addresses exactly 127.0.0.0/8', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => isLoopback(address) === address.startsWith('127.')))
  })
})

describe('splitHostPort', () => {
  it('gives back what it was made of', () => {
    const host = fc.oneof(fc.domain(), fc.ipV4())
    fc.assert(
      fc.property(host, fc.integer({ min: 0, max: 65_535 }), (name, port) => {
        expect(splitHostPort(`${name}:${port}`)).toEqual({ host: name, port })
        expect(splitHostPort(name)).toEqual({ host: name, port: null })
      }),
    )
    expect(splitHostPort('[::1]:4400')).toEqual({ host: '::1', port: 4400 })
  })

  it.each(['', ':80', 'a b', 'a:', 'a:x', 'a:65536', '[::1', '::1:80', 'a@b', 'a/b', 'http://a'])('refuses %j', (text) => {
    expect(splitHostPort(text)).toBeNull()
  })
})
