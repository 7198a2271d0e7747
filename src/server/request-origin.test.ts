import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusalOf, type RequestOrigin } from './request-origin.ts'

const program: RequestOrigin = { host: '127.0.0.1:4400', origin: undefined, fetchSite: undefined, localPort: 4400 }

describe('requests that are served', () => {
  it.each<[string, Partial<RequestOrigin>]>([
    ['a program that names the address', {}],
    ['a name with the port', { host: 'localhost:4400' }],
    ['a name in capitals', { host: 'LOCALHOST:4400' }],
    ['a name without a port', { host: 'localhost' }],
    ['IPv6', { host: '[::1]:4400' }],
    ['another loopback address', { host: '127.0.0.2:4400' }],
    ['a request from inside this process, whatever the port', { host: 'localhost:80', localPort: undefined }],
    ['a page of ours', { origin: 'http://127.0.0.1:4400', fetchSite: 'same-origin' }],
    ['an address that a person typed', { fetchSite: 'none' }],
  ])('%s', (_name, changed) => {
    expect(refusalOf({ ...program, ...changed })).toBeNull()
  })
})

describe('requests that are refused', () => {
  it.each<[string, Partial<RequestOrigin>]>([
    ['no Host', { host: undefined }],
    ['an empty Host', { host: '' }],
    ['a name that points here (DNS rebinding)', { host: 'evil.example:4400' }],
    ['a name that begins like ours', { host: 'localhost.evil.example:4400' }],
    ['a name that begins like an address', { host: '127.0.0.1.evil.example:4400' }],
    ['an address of the network', { host: '192.168.0.7:4400' }],
    ['an address that means any', { host: '0.0.0.0:4400' }],
    ['another port', { host: '127.0.0.1:8080' }],
    ['a port that is none', { host: '127.0.0.1:99999' }],
    ['a user in the Host', { host: 'localhost@evil.example:4400' }],
    ['two Hosts', { host: '127.0.0.1:4400, evil.example' }],
    ['IPv6 of the network', { host: '[fe80::1]:4400' }],
    ['IPv6 without brackets', { host: '::1' }],
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page that hides its origin', { origin: 'null' }],
    ['a page of another server on this machine', { origin: 'http://127.0.0.1:3000' }],
    ['a page that names us otherwise than it reached us', { origin: 'http://localhost:4400' }],
    ['an image on another site', { fetchSite: 'cross-site' }],
    ['a page of another port', { fetchSite: 'same-site' }],
  ])('%s', (_name, changed) => {
    expect(refusalOf({ ...program, ...changed })).toEqual(expect.any(String))
  })

  it('every Host that is a name of a domain', () => {
    fc.assert(fc.property(fc.domain(), (domain) => refusalOf({ ...program, host: `${domain}:4400` }) !== null))
  })
})
