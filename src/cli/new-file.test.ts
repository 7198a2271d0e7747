import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SegueError } from '../contract/errors.ts'
import { writeNewFile } from './new-file.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segue-new-file-'))
})
afterEach(() => rm(folder, { recursive: true }))

const never = new AbortController().signal
async function* blocks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}
async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half')
  throw new SegueError('SERVER_UNREACHABLE', 'It broke off.')
}
const write = (start: () => AsyncIterable<Uint8Array>, force = false, signal = never) =>
  writeNewFile(join(folder, 'a'), async () => start(), { force, signal })

test('a file is written whole, for its owner to read', async () => {
  expect(await write(() => blocks('a', 'bc'))).toBe(3)
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('abc')
  expect((await lstat(join(folder, 'a'))).mode & 0o777).toBe(0o600)
})

test('nothing is asked for where the file is there already', async () => {
  await writeFile(join(folder, 'a'), 'old')
  const start = () => Promise.reject(new Error('asked'))
  await expect(writeNewFile(join(folder, 'a'), start, { force: false, signal: never })).rejects.toMatchObject({ code: 'NAME_TAKEN' })
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old')
})

test('with force it is replaced', async () => {
  await writeFile(join(folder, 'a'), 'old')
  await write(() => blocks('new'), true)
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('new')
  await rm(join(folder, 'a'))
  await write(() => blocks('first'), true)
  expect(await readdir(folder)).toEqual(['a'])
})

describe.each([
  ['that breaks off', breaking, never, 'SERVER_UNREACHABLE: It broke off.'],
  ['that is interrupted', () => blocks('a'), AbortSignal.abort(new Error('interrupted')), 'interrupted'],
])('a file %s', (_what, start, signal, message) => {
  test('leaves nothing', async () => {
    await expect(write(start, false, signal)).rejects.toThrow(message)
    expect(await readdir(folder)).toEqual([])
  })

  test('leaves the one that it was to replace', async () => {
    await writeFile(join(folder, 'a'), 'old')
    await expect(write(start, true, signal)).rejects.toThrow(message)
    expect(await readdir(folder)).toEqual(['a'])
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old')
  })
})

test('what is no file is not replaced by one', async () => {
  await symlink('/dev/null', join(folder, 'a'))
  await expect(write(() => blocks('a'), true)).rejects.toMatchObject({ code: 'INVALID' })
  expect((await lstat(join(folder, 'a'))).isSymbolicLink()).toBe(true)
})

test('a folder that is not there is told', async () => {
  await expect(writeNewFile(join(folder, 'b/a'), async () => blocks(), { force: false, signal: never })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})
