import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultDataDir, prepareDataDir } from './data-dir.ts'

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'segue-dir-')))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['linux', 0, { HOME: '/root' }, '/var/lib/segue'],
  ['linux', 1000, { HOME: '/home/ann' }, '/home/ann/.local/share/segue'],
  ['linux', 1000, { HOME: '/home/ann', XDG_DATA_HOME: '/data/ann' }, '/data/ann/segue'],
  ['linux', 1000, { HOME: '/home/ann', XDG_DATA_HOME: 'relative' }, '/home/ann/.local/share/segue'],
  ['darwin', 501, { HOME: '/Users/ann' }, '/Users/ann/Library/Application Support/segue'],
] as const)('on %s the user %i with %o has %s', (platform, uid, env, expected) => {
  expect(defaultDataDir(env, platform, uid)).toBe(expected)
})

test('a new data directory is closed to others, or open for passing only where root made it, whatever the umask is', () => {
  const before = process.umask(0o027)
  try {
    prepareDataDir(join(folder, 'a', 'b'))
  } finally {
    process.umask(before)
  }
  const expected = process.getuid?.() === 0 ? 0o711 : 0o700
  for (const made of ['a', 'a/b']) expect(statSync(join(folder, made)).mode & 0o777, made).toBe(expected)
})

test('an existing one keeps its mode, and its real path is returned', () => {
  const there = join(folder, 'there')
  mkdirSync(there)
  chmodSync(there, 0o755)
  symlinkSync(there, join(folder, 'link'))
  expect(prepareDataDir(join(folder, 'link'))).toBe(there)
  expect(statSync(there).mode & 0o777).toBe(0o755)
})

test('a file in its place is named', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => prepareDataDir(file)).toThrow(`DATA_DIR_UNUSABLE: ${file}: a file stands in the way.`)
  expect(() => prepareDataDir(join(file, 'below'))).toThrow(`DATA_DIR_UNUSABLE: ${join(file, 'below')}: a part of the path is a file.`)
  expect(existsSync(join(file, 'below'))).toBe(false)
})
