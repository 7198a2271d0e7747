import { expect, test } from 'vitest'
import { publishOutcome } from './settle-publish.ts'

test.each([
  { temporary: true, final: null, outcome: 'not_published' },
  { temporary: true, final: 10, outcome: 'not_published' },
  { temporary: false, final: 10, outcome: 'published' },
  { temporary: false, final: 11, outcome: 'unknown' },
  { temporary: false, final: null, outcome: 'unknown' },
])('a file of 10 bytes with temporary=$temporary and final size $final is $outcome', ({ temporary, final, outcome }) => {
  expect(publishOutcome(temporary, final, 10)).toBe(outcome)
})
