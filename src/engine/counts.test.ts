import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countsOf, sumCounts } from './counts.ts'

const standing = fc.record({
  extracted: fc.option(fc.record({ written: fc.nat(), rejected: fc.nat() })),
  outcome: fc.constantFrom('waiting' as const, 'visible' as const, 'unknown' as const),
})

test('queried = delivered + rejected + skipped + unknown + pending for every standing, also summed up', () => {
  fc.assert(
    fc.property(fc.array(standing, { minLength: 1 }), fc.boolean(), (standings, final) => {
      const counts = standings.map((each) => ({ ...countsOf(each, final), possibleDuplicate: 0 }))
      for (const each of [...counts, sumCounts(counts)]) {
        if (each.queried === null) continue
        expect(each.delivered + each.rejected + each.skipped + each.unknown + each.pending).toBe(each.queried)
      }
    }),
  )
})

test('nothing is pending in a final run, and nothing was delivered that is not visible', () => {
  fc.assert(
    fc.property(standing, (each) => {
      const counts = countsOf(each, true)
      expect(counts.pending).toBe(0)
      if (each.outcome !== 'visible') expect(counts.delivered).toBe(0)
    }),
  )
})

test('queried is null until every dataset was extracted', () => {
  const done = { ...countsOf({ extracted: { written: 5, rejected: 1 }, outcome: 'visible' }, false), possibleDuplicate: 0 }
  const open = { ...countsOf({ extracted: null, outcome: 'waiting' }, false), possibleDuplicate: 0 }
  expect(sumCounts([done, open]).queried).toBeNull()
  expect(sumCounts([done, done])).toMatchObject({ queried: 12, delivered: 10, rejected: 2 })
})
