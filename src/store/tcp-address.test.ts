import { expect, test } from 'vitest'
import { tcpAddressOf } from './tcp-address.ts'

test.each([
  ['postgres://segue:secret@db.internal/segue', 'db.internal', 5432],
  ['postgresql://db.internal:6543/segue', 'db.internal', 6543],
  ['postgres://[::1]:6543/segue', '::1', 6543],
  ['postgres://segue@/segue?host=10.1.2.3&port=6543', '10.1.2.3', 6543],
])('the store at %s is at %s, port %d', (url, host, port) => {
  expect(tcpAddressOf(url)).toEqual({ host, port })
})

test.each([undefined, 'postgres://%2Fvar%2Frun%2Fpostgresql/segue', 'postgres://segue@/segue?host=/var/run/postgresql'])(
  'the store at %s has no TCP address',
  (url) => {
    expect(tcpAddressOf(url)).toBeNull()
  },
)
