import fc from 'fast-check'
import { expect, test } from 'vitest'
import { embeddedPaths } from './paths.ts'

const segment = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((text) => !text.includes('/'))
const anyDir = fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`)

test('the paths of the sockets fit into sun_path, whatever the data directory is', () => {
  fc.assert(
    fc.property(anyDir, fc.constantFrom('linux', 'darwin'), fc.nat(2 ** 32 - 1), (dataDir, platform, uid) => {
      const { supervisorSocket, serverSockets } = embeddedPaths(dataDir, platform, uid)
      const limit = platform === 'darwin' ? 104 : 108
      for (const path of [supervisorSocket, `${serverSockets}/.s.PGSQL.5432`])
        expect(Buffer.byteLength(path) + 1).toBeLessThanOrEqual(limit)
    }),
  )
})

test('deep data directories do not share a folder, and users do not either', () => {
  const deep = (name: string, uid = 1000) => embeddedPaths(`/${name.repeat(100)}`, 'linux', uid).sockets
  expect(deep('a')).not.toBe(deep('b'))
  expect(deep('a')).not.toBe(deep('a', 1001))
  expect(deep('a')).toBe(deep('a'))
})
