import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rateLimitResetMs, retryAfterMs } from './retry-after.ts'

const now = new Date('2026-11-23T08:30:00Z')
const after = (value: string) => retryAfterMs({ 'retry-after': value }, now)
const reset = (value: string) => rateLimitResetMs({ 'x-ratelimit-reset': value }, now)

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 1.5 ', 1500],
  ['Mon, 23 Nov 2026 08:30:09 GMT', 9000],
  ['Monday, 23-Nov-26 08:30:09 GMT', 9000],
  ['Mon Nov 23 08:30:09 2026', 9000],
  ['Tue Dec  1 08:30:00 2026', 8 * 86_400_000],
])('Retry-After in each of its forms: %s', (value, wait) => expect(after(value)).toBe(wait))

test('a time that has passed is no wait', () => {
  expect(after('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(0)
  // 94 would be more than 50 years ahead.
  expect(after('Sunday, 06-Nov-94 08:49:37 GMT')).toBe(0)
})

test.each([
  '',
  'soon',
  '-1',
  '1e3',
  '5, 10',
  'Mon, 31 Feb 2026 08:30:09 GMT',
  'Mon, 23 Foo 2026 08:30:09 GMT',
  'Mon, 23 Nov 2026 25:30:09 GMT',
  '2026-11-23',
])('what cannot be read says nothing: %s', (value) => expect(after(value)).toBeNull())

test('a wait beyond all reason ends after a year', () => {
  expect(after('9'.repeat(400))).toBe(366 * 86_400_000)
  expect(after('Mon, 23 Nov 9999 08:30:09 GMT')).toBe(366 * 86_400_000)
})

test('the reset of a rate limit is a wait, or a Unix time in seconds or milliseconds', () => {
  expect(reset('30')).toBe(30_000)
  expect(reset(String(now.getTime() / 1000 + 30))).toBe(30_000)
  expect(reset(String(now.getTime() + 30_000))).toBe(30_000)
  expect(reset('never')).toBeNull()
  expect(rateLimitResetMs({ 'ratelimit-reset': '5', 'x-ratelimit-reset': '9' }, now)).toBe(5000)
})

test('every second of four centuries is read back from the date that JavaScript writes', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1900-01-01'), max: new Date('2299-12-31'), noInvalidDate: true }), (date) => {
      const seconds = Math.floor(date.getTime() / 1000) * 1000
      const wait = retryAfterMs({ 'retry-after': date.toUTCString() }, new Date(seconds - 5000))
      expect(wait).toBe(5000)
    }),
  )
})

test('no text makes a wait that is not a whole number of milliseconds within a year', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^\d+(\.\d+)?$/),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  )
  fc.assert(
    fc.property(text, (value) => {
      for (const wait of [after(value), reset(value)]) {
        if (wait !== null) expect(Number.isSafeInteger(wait) && wait >= 0 && wait <= 366 * 86_400_000).toBe(true)
      }
    }),
  )
})
