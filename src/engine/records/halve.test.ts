import fc from 'fast-check'
import { expect, test } from 'vitest'
import { halve, type BatchRange } from './halve.ts'

const rowsOf = ({ from, to, ordinals }: BatchRange): readonly number[] =>
  ordinals ?? Array.from({ length: to - from }, (_, index) => from + index)

const anyRange: fc.Arbitrary<BatchRange> = fc.oneof(
  fc.record({ from: fc.nat({ max: 1_000_000 }), rows: fc.integer({ min: 1, max: 300 }) }).map(({ from, rows }) => ({
    from,
    to: from + rows,
    ordinals: null,
  })),
  fc
    .record({
      ordinals: fc.uniqueArray(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 100 }),
      before: fc.nat({ max: 5 }),
      behind: fc.nat({ max: 5 }),
    })
    .map(({ ordinals, before, behind }) => {
      const sorted = ordinals.map((ordinal) => ordinal + 5).toSorted((a, b) => a - b)
      return { from: sorted[0]! - before, to: sorted.at(-1)! + 1 + behind, ordinals: sorted }
    }),
)

test('a single row cannot be halved', () => {
  expect(halve({ from: 7, to: 8, ordinals: null })).toBeNull()
  expect(halve({ from: 0, to: 9, ordinals: [4] })).toBeNull()
})

test('the halves of a range, and of named rows', () => {
  expect(halve({ from: 10, to: 13, ordinals: null })).toEqual([
    { from: 10, to: 12, ordinals: null },
    { from: 12, to: 13, ordinals: null },
  ])
  expect(halve({ from: 0, to: 9, ordinals: [1, 5, 8] })).toEqual([
    { from: 0, to: 8, ordinals: [1, 5] },
    { from: 8, to: 9, ordinals: [8] },
  ])
})

test('halves tile what they replace, hold its rows in order, and differ by at most one', () => {
  fc.assert(
    fc.property(anyRange, (range) => {
      const halves = halve(range)
      if (halves === null) {
        expect(rowsOf(range)).toHaveLength(1)
        return
      }
      const [first, second] = halves
      expect([first.from, first.to, second.to]).toEqual([range.from, second.from, range.to])
      expect([...rowsOf(first), ...rowsOf(second)]).toEqual(rowsOf(range))
      for (const half of halves) for (const row of rowsOf(half)) expect(row >= half.from && row < half.to).toBe(true)
      expect(rowsOf(first).length - rowsOf(second).length).toBeOneOf([0, 1])
    }),
  )
})

test('k bad rows among n are found, and only they, with at most 2k * ceil(log2 n) + 1 requests', () => {
  fc.assert(
    fc.property(anyRange, fc.array(fc.nat(), { maxLength: 12 }), (range, picks) => {
      const rows = rowsOf(range)
      const bad = new Set(picks.map((pick) => rows[pick % rows.length]!))
      const rejected: number[] = []
      let accepted = 0
      let requests = 0
      const open = [range]
      for (let batch = open.pop(); batch !== undefined; batch = open.pop()) {
        requests += 1
        const sent = rowsOf(batch)
        if (!sent.some((row) => bad.has(row))) {
          accepted += sent.length
          continue
        }
        const halves = halve(batch)
        if (halves === null) rejected.push(...sent)
        else open.push(...halves)
      }
      expect(new Set(rejected)).toEqual(bad)
      expect(accepted + rejected.length).toBe(rows.length)
      expect(requests).toBeLessThanOrEqual(2 * bad.size * Math.ceil(Math.log2(rows.length)) + 1)
    }),
  )
})
