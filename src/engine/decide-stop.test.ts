import { describe, expect, test } from 'vitest'
import { SegueError, type ErrorCode } from '../contract/errors.ts'
import { decideStop, HandOver, WaitLonger, type StopFacts } from './decide-stop.ts'

const facts = (given: Partial<StopFacts> = {}): StopFacts => ({
  said: null,
  atDestination: true,
  tries: 0,
  attempts: 5,
  withinMs: 3_600_000,
  elapsedMs: 0,
  backoffMs: 1_000,
  random: () => 0.5,
  ...given,
})
const error = (code: ErrorCode): SegueError => new SegueError(code, 'It stopped.')
const some = { said: '1 of 2 files are visible.' }

describe('a run that cannot go on', () => {
  test.each<[ErrorCode, Partial<StopFacts>, object]>([
    // Asked for.
    ['RUN_CANCELLED', {}, { do: 'end', state: 'cancelled' }],
    ['WAITED_TOO_LONG', some, { do: 'end', state: 'cancelled' }],
    // Nobody can mend it without another run.
    ['SQL_INVALID', {}, { do: 'end', state: 'failed' }],
    ['ALL_REJECTED', {}, { do: 'end', state: 'failed' }],
    ['POISON', some, { do: 'end', state: 'failed' }],
    ['BUDGET_SPENT', some, { do: 'end', state: 'failed' }],
    ['REQUEST_REFUSED', {}, { do: 'end', state: 'failed' }],
    ['FILE_EXISTS', { atDestination: false }, { do: 'end', state: 'failed' }],
    // A person can help.
    ['AUTH_FAILED', {}, { do: 'ask', state: 'blocked' }],
    ['DISK_FULL', {}, { do: 'ask', state: 'blocked' }],
    ['SPOOL_LOST', some, { do: 'ask', state: 'blocked' }],
    ['REQUEST_REFUSED', some, { do: 'ask', state: 'blocked' }],
    ['APPEND_AFTER_PARTIAL', {}, { do: 'ask', state: 'held' }],
    ['OUTCOME_UNKNOWN', some, { do: 'ask', state: 'needs_review' }],
    // It may work later.
    ['DESTINATION_UNREACHABLE', {}, { do: 'wait', afterMs: 500, tries: 1 }],
    ['DESTINATION_UNREACHABLE', { tries: 3 }, { do: 'wait', afterMs: 4_000, tries: 4 }],
    ['RATE_LIMITED', { tries: 3 }, { do: 'wait', tries: 3 }],
    // Until it has been tried often enough, or for long enough.
    ['DESTINATION_UNREACHABLE', { tries: 4 }, { do: 'end', state: 'failed' }],
    ['DESTINATION_UNREACHABLE', { tries: 4, ...some }, { do: 'ask', state: 'blocked' }],
    ['DESTINATION_UNREACHABLE', { elapsedMs: 3_599_600 }, { do: 'end', state: 'failed' }],
  ])('%s with %o', (code, given, stop) => {
    expect(decideStop(error(code), facts(given))).toMatchObject({ ...stop, reason: code })
  })

  test('says what arrived, and how often it was tried', () => {
    const stop = decideStop(error('DESTINATION_UNREACHABLE'), facts({ tries: 4, ...some }))
    expect(stop).toMatchObject({ error: { detail: 'It stopped. 1 of 2 files are visible. Tried 5 times.' } })
  })

  test('is given to another process when this one ends', () => {
    expect(decideStop(new HandOver(), facts())).toEqual({ do: 'hand_over' })
  })

  test('waits as long as the destination wants, and that is no try', () => {
    expect(decideStop(new WaitLonger(60_000, error('RATE_LIMITED')), facts({ tries: 2 }))).toMatchObject({
      do: 'wait',
      afterMs: 60_000,
      tries: 2,
      reason: 'RATE_LIMITED',
    })
  })

  test('tells nothing of an error that nobody foresaw', () => {
    expect(decideStop(new Error('secret'), facts())).toMatchObject({ do: 'end', state: 'failed', reason: 'INTERNAL' })
    expect(JSON.stringify(decideStop(new Error('secret'), facts()))).not.toContain('secret')
  })
})
