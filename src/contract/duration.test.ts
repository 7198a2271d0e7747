import fc from 'fast-check'
import { expect, test } from 'vitest'
import { duration, durationMs } from './duration.ts'

test('seconds, minutes, hours and days are milliseconds', () => {
  expect(['1s', '30s', '10m', '6h', '2d', '999999d'].map(durationMs)).toEqual([
    1000, 30_000, 600_000, 21_600_000, 172_800_000, 86_399_913_600_000,
  ])
})

test.each(['', '0s', '05m', '10', 'm', '1.5h', '-1h', '1h30m', ' 1h', '1h ', '1h\n', '1H', '1w', '1000000s', '１h', '1e3s'])(
  '%j is no length of time',
  (text) => {
    expect(durationMs(text)).toBeNull()
    expect(duration.safeParse(text).success).toBe(false)
  },
)

test('what the schema takes has exact milliseconds above 0 that a date can hold, and nothing else has any', () => {
  const written = fc
    .tuple(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom('s', 'm', 'h', 'd'))
    .map(([count, unit]) => `${count}${unit}`)
  fc.assert(
    fc.property(fc.oneof(written, fc.string({ maxLength: 5 })), (text) => {
      const ms = durationMs(text)
      expect(duration.safeParse(text).success).toBe(ms !== null)
      if (ms === null) return
      expect(Number.isSafeInteger(ms) && ms > 0).toBe(true)
      expect(Number.isNaN(new Date(ms).getTime())).toBe(false)
    }),
  )
})
