import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteSize, count, counted, displayWidth, duration, shortened, visible } from './display-text.ts'
import { table } from './table.ts'

test('a value cannot speak to the terminal', () => {
  expect(visible('a\u001B[31mred\u0007\nb\tc\u202Ed')).toBe('a\\u001b[31mred\\u0007\\nb\\tc\\u202ed')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(text)).not.toMatch(/\p{Cc}/u)
    }),
  )
})

test('East Asian characters and emoji take two columns, combining ones none', () => {
  expect(['abc', '山田', '🎁', 'é'].map(displayWidth)).toEqual([3, 4, 2, 1])
})

test('a shortened text is never wider than asked for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, width) => {
      expect(displayWidth(shortened(text, width))).toBeLessThanOrEqual(width)
    }),
  )
})

test('counts, sizes and times as people read them', () => {
  expect([count(1234567), counted(1, 'row'), counted(0, 'row')]).toEqual(['1,234,567', '1 row', '0 rows'])
  expect([0, 999, 1000, 46_100, 1_500_000, 2e12].map(byteSize)).toEqual(['0 B', '999 B', '1.0 kB', '46.1 kB', '1.5 MB', '2.0 TB'])
  expect([340, 1240, 125_000, 3_720_000].map(duration)).toEqual(['340 ms', '1.2 s', '2 min 5 s', '1 h 2 min'])
})

test('a table aligns its columns and keeps each row on one line', () => {
  expect(
    table(
      [{ title: 'NAME' }, { title: 'ROWS', align: 'right' }],
      [
        ['山田', '1'],
        ['a\nb', '1,000'],
      ],
    ),
  ).toBe('  NAME   ROWS\n  山田      1\n  a\\nb  1,000')
})
