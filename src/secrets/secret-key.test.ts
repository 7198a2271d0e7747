import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadSecretKey, parseSecretKey } from './secret-key.ts'

let dataDir: string
let warnings: string[]

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'segue-key-'))
  warnings = []
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const load = (env: Record<string, string> = {}): Promise<Buffer> =>
  loadSecretKey({ env, dataDir, onWarning: (text) => warnings.push(text) })

test('the first start makes a key that only its owner may read, says to keep a copy, and later starts use it', async () => {
  const path = join(dataDir, 'secret.key')
  const key = await load()
  expect(key).toHaveLength(32)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(warnings).toEqual([
    `A secret key was made in ${path}. Keep a copy of it elsewhere: without it the stored credentials cannot be read.`,
  ])
  expect(await load()).toEqual(key)
  expect(warnings).toHaveLength(1)
  expect(readdirSync(dataDir)).toEqual(['secret.key'])
})

test('processes that start at once agree on one key', async () => {
  const program = `
    import { loadSecretKey } from ${JSON.stringify(new URL('secret-key.ts', import.meta.url).href)}
    const key = await loadSecretKey({ env: {}, dataDir: process.argv[1], onWarning: () => {} })
    process.stdout.write(key.toString('hex'))`
  const start = () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program, dataDir])
  const keys = await Promise.all([start(), start(), start(), start()])
  expect(new Set(keys.map(({ stdout }) => stdout))).toEqual(new Set([(await load()).toString('hex')]))
  expect(readdirSync(dataDir)).toEqual(['secret.key'])
})

test('a key that others may read is reported', async () => {
  await load()
  chmodSync(join(dataDir, 'secret.key'), 0o644)
  await load()
  expect(warnings.at(-1)).toContain('chmod 600')
})

test('a key comes from the environment or from the file that it names; then none is made', async () => {
  const key = randomBytes(32)
  const file = join(dataDir, 'mounted')
  writeFileSync(file, `${key.toString('hex')}\n`)
  expect(await load({ SEGUE_SECRET_KEY: key.toString('base64') })).toEqual(key)
  expect(await load({ SEGUE_SECRET_KEY_FILE: file })).toEqual(key)
  expect(readdirSync(dataDir)).toEqual(['mounted'])
})

test('both at once, a file that is not there, and a damaged own key are refused', async () => {
  const text = randomBytes(32).toString('base64')
  await expect(load({ SEGUE_SECRET_KEY: text, SEGUE_SECRET_KEY_FILE: '/x' })).rejects.toMatchObject({ code: 'SECRET_KEY_INVALID' })
  await expect(load({ SEGUE_SECRET_KEY_FILE: join(dataDir, 'missing') })).rejects.toMatchObject({
    code: 'SECRET_KEY_INVALID',
    detail: `The file ${join(dataDir, 'missing')} cannot be read (ENOENT).`,
  })
  writeFileSync(join(dataDir, 'secret.key'), '', { mode: 0o600 })
  await expect(load()).rejects.toMatchObject({ code: 'SECRET_KEY_INVALID' })
  expect(readFileSync(join(dataDir, 'secret.key'), 'utf8')).toBe('')
})

test('32 bytes are read back from hex, base64 and base64url, with blanks around them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom('hex', 'base64', 'base64url'), (bytes, encoding) => {
      const key = Buffer.from(bytes)
      expect(parseSecretKey(` ${key.toString(encoding)}\n`, 'it')).toEqual(key)
    }),
  )
})

test('anything else is refused without being repeated', () => {
  const tooShort = randomBytes(31).toString('base64')
  for (const text of ['correct horse battery staple', tooShort, randomBytes(33).toString('hex'), '']) {
    const attempt = () => parseSecretKey(text, 'SEGUE_SECRET_KEY')
    expect(attempt).toThrow('SECRET_KEY_INVALID: SEGUE_SECRET_KEY does not hold 32 bytes in base64 or hex.')
  }
})
