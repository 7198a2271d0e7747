import fc from 'fast-check'
import { expect, test } from 'vitest'
import { finalCounts } from './reap-runs.ts'

test('after a death the counts add up, whatever had become of the files', () => {
  const part = fc.record({
    rows: fc.nat(1000),
    state: fc.constantFrom('sending' as const, 'staged' as const, 'sent' as const),
    outcome: fc.constantFrom('published' as const, 'not_published' as const, 'unknown' as const),
  })
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), fc.nat(100), (parts, rejected) => {
      const rows = parts.map(({ rows: count, state }, index) => ({ id: String(index), dataset: 0, rows: String(count), state }))
      const outcomes = new Map(parts.flatMap(({ state, outcome }, index) => (state === 'sent' ? [] : [[String(index), outcome] as const])))
      const queried = parts.reduce((sum, { rows: count }) => sum + count, 0) + rejected
      const counts = finalCounts({ number: 0, queried: String(queried), rejected: String(rejected), delivered: '0' }, rows, outcomes)
      expect(counts.delivered + counts.rejected + counts.skipped + counts.unknown).toBe(counts.queried)
      expect(counts.skipped).toBeGreaterThanOrEqual(0)
    }),
  )
})

test('a dataset that was never extracted stays without a count', () => {
  expect(finalCounts({ number: 0, queried: null, rejected: '0', delivered: '0' }, [], new Map())).toMatchObject({
    queried: null,
    skipped: 0,
  })
})
