import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pickLines, withoutGaps } from './slice-lines.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const anyLines = fc.array(fc.oneof(fc.constant(''), fc.stringMatching(/^[a-zä€]{0,6}$/)), { minLength: 1, maxLength: 30 })

test('gaps are left out, at the beginning, in the middle and at the end', () => {
  expect(text(withoutGaps(Buffer.from('\n\na\n\n\nb\nc\n\n')))).toBe('a\nb\nc')
  expect(text(withoutGaps(Buffer.from('a\n')))).toBe('a')
  expect(text(withoutGaps(Buffer.from('\n\n\n')))).toBe('')
  expect(text(withoutGaps(Buffer.from('')))).toBe('')
})

test('lines are picked by their place', () => {
  const slice = Buffer.from('a\n\nb\nc')
  expect(text(pickLines(slice, [0, 2]))).toBe('a\nb')
  expect(text(pickLines(slice, [3]))).toBe('c')
  expect(text(pickLines(slice, []))).toBe('')
  expect(() => pickLines(slice, [4])).toThrow(RangeError)
  expect(() => pickLines(slice, [9])).toThrow(RangeError)
  expect(() => pickLines(slice, [2, 0])).toThrow(RangeError)
  expect(() => pickLines(slice, [2, 2])).toThrow(RangeError)
})

test('whatever the lines: without gaps, all that are not empty are there in order', () => {
  fc.assert(
    fc.property(anyLines, fc.nat({ max: 9 }), (lines, before) => {
      // A view into a larger buffer, as a slice of a file often is.
      const whole = Buffer.concat([Buffer.alloc(before, 'x'), Buffer.from(lines.join('\n'))])
      const slice = new Uint8Array(whole.buffer, whole.byteOffset + before, whole.length - before)
      expect(text(withoutGaps(slice))).toBe(lines.filter((line) => line !== '').join('\n'))
    }),
    { numRuns: 500 },
  )
})

test('whatever lines are picked: those are there in order, and no others', () => {
  fc.assert(
    fc.property(anyLines, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), (lines, wanted) => {
      const indexes = [...lines.keys()].filter((index) => wanted[index])
      expect(text(pickLines(Buffer.from(lines.join('\n')), indexes))).toBe(indexes.map((index) => lines[index]).join('\n'))
    }),
    { numRuns: 500 },
  )
})
