import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { indexLines } from './line-index.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segue-lines-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const never = new AbortController().signal

async function indexOf(content: Uint8Array | string): Promise<Float64Array> {
  const path = join(folder, 'lines')
  await writeFile(path, content)
  return indexLines(path, never)
}

test('where lines begin, and where the next one would', async () => {
  expect([...(await indexOf('ab\n\ncde\n'))]).toEqual([0, 3, 4, 8])
  expect([...(await indexOf('ab\ncde'))]).toEqual([0, 3, 7])
  expect([...(await indexOf('\n'))]).toEqual([0, 1])
  expect([...(await indexOf(''))]).toEqual([0])
})

test('every line is found again, whatever is in it and wherever a block of reading ends', async () => {
  const line = fc.oneof(
    { weight: 8, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll('\n', '')) },
    { weight: 1, arbitrary: fc.integer({ min: 1_048_570, max: 1_048_580 }).map((length) => 'x'.repeat(length)) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 40 }), fc.boolean(), async (lines, isEnded) => {
      const content = Buffer.from(lines.map((text) => `${text}\n`).join(''))
      const given = isEnded || lines.at(-1) === '' ? content : content.subarray(0, -1)
      const offsets = await indexOf(given)
      const found = lines.map((_, index) => given.subarray(offsets[index], offsets[index + 1]! - 1).toString())
      expect(found).toEqual(lines)
      expect(offsets).toHaveLength(lines.length + 1)
    }),
    { numRuns: 60 },
  )
})

test('more lines than the index was first made for', async () => {
  const offsets = await indexOf('{}\n'.repeat(100_000))
  expect(offsets).toHaveLength(100_001)
  expect([offsets[1_023], offsets[1_024], offsets[100_000]]).toEqual([3_069, 3_072, 300_000])
  expect(offsets.buffer.byteLength).toBe(800_008)
})

test('an abort ends the reading with its reason', async () => {
  const path = join(folder, 'aborted')
  await writeFile(path, 'a\n')
  const reason = new Error('enough')
  await expect(indexLines(path, AbortSignal.abort(reason))).rejects.toBe(reason)
})
