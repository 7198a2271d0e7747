import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMask } from './masking.ts'

test('a value goes in the encodings in which it travels', () => {
  const value = 'p"ss w/rd+ü&1\\'
  const { cut } = createMask([value])
  const forms = [
    value,
    JSON.stringify(value),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64'),
    Buffer.from(`${value}and more`).toString('base64'),
  ]
  for (const form of forms) expect(cut(`x ${form}`, 1000)).toContain('[secret]')
})

test('no part of a secret is left at the end of what is shown', () => {
  const secret = fc.stringMatching(/^[A-Z]{6,30}$/)
  const piece = fc.oneof(fc.constant(null), fc.stringMatching(/^[a-z ]{0,20}$/))
  fc.assert(
    fc.property(secret, fc.array(piece, { maxLength: 20 }), fc.nat(300), (value, pieces, limit) => {
      const text = pieces.map((given) => given ?? value).join('')
      const shown = createMask([value]).cut(text, limit)
      expect(shown.replaceAll('[secret]', '')).toMatch(/^[a-z ]*$/)
      expect(text.replaceAll(value, '[secret]').startsWith(shown)).toBe(true)
    }),
  )
})

test('a short secret goes only where it stands alone', () => {
  expect(createMask(['ab']).cut('ab cab "ab" abc', 13)).toBe('[secret] cab "[secret]" a')
})

test('of two secrets of which one begins the other, the longer goes whole', () => {
  expect(createMask(['hunter2', 'hunter2000']).cut('hunter2000 hunter2', 100)).toBe('[secret] [secret]')
})

test('without secrets the text is cut', () => {
  expect(createMask([]).cut('abcdef', 3)).toBe('abc')
})
