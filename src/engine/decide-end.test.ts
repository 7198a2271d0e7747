import { expect, test } from 'vitest'
import { SegueError } from '../contract/errors.ts'
import { checkSomethingAccepted, endingOfDelivered, endingOfError } from './decide-end.ts'

test('a run with rejected rows succeeds with rejects, and one with unknown rows does not succeed', () => {
  expect(endingOfDelivered({ rejected: 0, unknown: 0 }).state).toBe('succeeded')
  expect(endingOfDelivered({ rejected: 1, unknown: 0 }).state).toBe('succeeded_with_rejects')
  expect(endingOfDelivered({ rejected: 0, unknown: 1 })).toMatchObject({ state: 'failed' })
})

test('zero accepted of more than zero rows is refused, an empty result is not', () => {
  expect(() => checkSomethingAccepted(3, 0)).toThrow(/All 3 rows were rejected/)
  expect(() => checkSomethingAccepted(0, 0)).not.toThrow()
  expect(() => checkSomethingAccepted(3, 1)).not.toThrow()
})

test('a failed run says how many of its files are visible', () => {
  const ending = endingOfError(new SegueError('DISK_FULL', 'Folder /x is full.'), { published: 1, files: 3 })
  expect(ending).toMatchObject({ state: 'failed', reason: 'DISK_FULL' })
  expect(ending.error?.detail).toBe('Folder /x is full. 1 of 3 files are visible at the destination and stay there.')
})

test('a cancelled run is cancelled, and an unexpected error tells nothing of the inside', () => {
  expect(endingOfError(new SegueError('RUN_CANCELLED', 'x'), { published: 0, files: 1 })).toEqual({
    state: 'cancelled',
    reason: 'RUN_CANCELLED',
    error: null,
  })
  expect(endingOfError(new Error('secret inside'), { published: 0, files: 1 }).error?.detail).not.toContain('secret')
})
