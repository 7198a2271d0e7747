import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { followFile } from './follow-file.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segue-follow-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const never = new AbortController().signal
const ignore = (): void => undefined

test('every byte that a writer appends, in whatever steps, is handed on once and in order', async () => {
  let number = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 500 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 300 }),
      async (pieces, blockBytes) => {
        const path = join(folder, `f${(number += 1)}`)
        await writeFile(path, '')
        const write = async (): Promise<void> => {
          for (const piece of pieces) await appendFile(path, piece)
        }
        const seen: Uint8Array[] = []
        const onBlock = async (block: Uint8Array): Promise<void> => {
          seen.push(block)
        }
        const result = await followFile(path, { written: write(), blockBytes, onBlock, sync: false, onBytes: ignore, signal: never })
        const whole = Buffer.concat(pieces)
        expect(Buffer.concat(seen).equals(whole)).toBe(true)
        expect(result).toEqual({ bytes: whole.length, sha256: createHash('sha256').update(whole).digest('hex') })
      },
    ),
    { numRuns: 50 },
  )
})

test('the failure of the writer ends the following', async () => {
  const path = join(folder, 'f')
  await writeFile(path, 'half')
  const failure = new Error('no more')
  const following = followFile(path, { written: Promise.reject(failure), blockBytes: 10, sync: true, onBytes: ignore, signal: never })
  await expect(following).rejects.toBe(failure)
})

test('an abort ends the following while the writer is silent', async () => {
  const path = join(folder, 'f')
  await writeFile(path, '')
  const controller = new AbortController()
  const following = followFile(path, {
    written: new Promise(ignore),
    blockBytes: 10,
    sync: true,
    onBytes: ignore,
    signal: controller.signal,
  })
  controller.abort(new Error('enough'))
  await expect(following).rejects.toThrow()
})
