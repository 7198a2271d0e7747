import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sumCounts } from './counts.ts'

const dataset = fc
  .record({ delivered: fc.nat(), rejected: fc.nat(), skipped: fc.nat(), unknown: fc.nat(), pending: fc.nat(), possibleDuplicate: fc.nat() })
  .chain((counts) =>
    fc.constantFrom({ ...counts, queried: counts.delivered + counts.rejected + counts.skipped + counts.unknown + counts.pending }),
  )

test('queried = delivered + rejected + skipped + unknown + pending of all datasets, where it holds of each', () => {
  fc.assert(
    fc.property(fc.array(dataset, { minLength: 1 }), (datasets) => {
      const sum = sumCounts(datasets)
      expect(sum.delivered + sum.rejected + sum.skipped + sum.unknown + sum.pending).toBe(sum.queried)
    }),
  )
})

test('queried is null until every dataset was extracted', () => {
  const done = { queried: 6, delivered: 5, rejected: 1, skipped: 0, unknown: 0, pending: 0, possibleDuplicate: 0 }
  const open = { ...done, queried: null, delivered: 0, rejected: 0 }
  expect(sumCounts([done, open]).queried).toBeNull()
  expect(sumCounts([done, done])).toMatchObject({ queried: 12, delivered: 10, rejected: 2 })
})
