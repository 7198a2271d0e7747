import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createScrubber } from './scrubber.ts'

function scrubberOf(...values: string[]) {
  const scrubber = createScrubber()
  for (const value of values) scrubber.learn(value)
  return scrubber
}

test('no text keeps a learned value, wherever it stands in it', () => {
  const secret = fc.string({ minLength: 6, unit: 'grapheme' }).filter((value) => value === value.trim() && !'[secret]'.includes(value))
  fc.assert(
    fc.property(secret, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (value, before, after) => {
      expect(scrubberOf(value).scrub(before + value + after)).not.toContain(value)
    }),
  )
})

test('a value goes in the encodings in which it travels too', () => {
  const value = 'p"ss w/rd+ü&1\\'
  const { scrub } = scrubberOf(value)
  const forms = [
    value,
    JSON.stringify({ value }),
    `https://x.example/?k=${encodeURIComponent(value)}`,
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('base64url'),
  ]
  for (const form of forms) expect(scrub(form)).toContain('[secret]')
  expect(scrub(JSON.stringify({ value }))).toBe('{"value":"[secret]"}')
})

test('of two secrets of which one begins the other, the longer goes whole', () => {
  expect(scrubberOf('hunter2', 'hunter2000').scrub('hunter2000 hunter2')).toBe('[secret] [secret]')
})

test('a short secret goes only where it stands alone', () => {
  expect(scrubberOf('a').scrub('password=a, as a whole: {"p":"a"} äa')).toBe('password=[secret], as [secret] whole: {"p":"[secret]"} äa')
})

test('an empty value, and blanks, are no secrets', () => {
  expect(scrubberOf('', ' ').scrub('a b')).toBe('a b')
})

test('a key that is printed line by line goes too', () => {
  const line = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmU'
  expect(scrubberOf(`-----BEGIN KEY-----\n${line}\n${line.toLowerCase()}\n-----END KEY-----`).scrub(`at "${line}"`)).toBe('at "[secret]"')
})

test('what looks like a secret goes without being known', () => {
  const { scrub } = createScrubber()
  expect(scrub('connect to postgres://ann:pw@db.example/crm failed')).toBe('connect to postgres://ann:[secret]@db.example/crm failed')
  expect(scrub('authorization: Bearer eyJhbGciOi.J9.x_y')).toBe('authorization: Bearer [secret]')
  expect(scrub('x -----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY----- y')).toBe('x [secret] y')
  expect(scrub('see https://example.com:8080/a@b and a bearer of news')).toBe('see https://example.com:8080/a@b and a bearer of news')
})
