import { describe, expect, test } from 'vitest'
import { noRows, runDocumentWith } from '../../test/helpers/run-document.ts'
import { SegueError, toProblem } from '../contract/errors.ts'
import { runText, stepsText } from './run-report.ts'

describe('the report of a run', () => {
  test('adds up the rows, and says beside the sum what is not sure', () => {
    const counts = { ...noRows, queried: 1500, delivered: 1400, unknown: 100, possibleDuplicate: 1 }
    const text = runText(runDocumentWith({ state: 'needs_review', counts }))
    expect(text).toContain('rows 1,500 = delivered 1,400 + unknown 100\n')
    expect(text).toContain('Of 100 rows it is not known whether they arrived.')
    expect(text).toContain('1 row may have arrived twice.')
  })

  test('says nothing of duplicates and unknown rows where there are none', () => {
    const text = runText(runDocumentWith({ state: 'succeeded', counts: { ...noRows, queried: 1, delivered: 1 } }))
    expect(text).not.toMatch(/twice|not known/)
  })

  test.each([
    ['held', 'APPEND_AFTER_PARTIAL', 'An earlier run delivered a part of its rows', 'Retry that run'],
    ['needs_review', 'OUTCOME_UNKNOWN', 'It is not known whether rows arrived', 'Ask the destination'],
    ['retry_wait', 'RATE_LIMITED', 'The destination wants fewer requests', 'Lower `requestsPerSecond`'],
    ['cancelled', 'WAITED_TOO_LONG', 'Nobody decided in time', 'Start a new run'],
  ] as const)('of one that is %s explains the reason %s', (state, reason, title, fix) => {
    const text = runText(runDocumentWith({ state, reason }))
    expect(text).toContain(`nightly: ${state.replace('_', ' ')}, ${reason}\n`)
    expect(text).toContain(`  ${reason}: ${title}\n    Next: ${fix}`)
  })

  test('of a blocked one tells what happened, and the error once', () => {
    const error = { ...toProblem(new SegueError('AUTH_FAILED', 'crm.example refused the token.')) }
    const text = runText(runDocumentWith({ state: 'blocked', reason: 'AUTH_FAILED', error }))
    expect(text).toMatch(/AUTH_FAILED: .+\n {4}crm\.example refused the token\.\n {4}Next: /)
    expect(text.match(/AUTH_FAILED:/g)).toHaveLength(1)
  })

  test('shows a reason that this program does not know, and what a server sends never as commands to the terminal', () => {
    expect(runText(runDocumentWith({ state: 'held', reason: 'OF_A_NEWER_SERVER' }))).toContain('held, OF_A_NEWER_SERVER')
    const text = runText(runDocumentWith({ reason: '\u001B[2J', orchestration: '\u001B]0;x\u0007' }))
    expect(text).not.toMatch(/\p{Cc}(?<!\n)/u)
  })

  test('of a retry names the run that it goes on with', () => {
    expect(runText(runDocumentWith({ id: 'run_2', retryOf: 'run_1' }))).toContain('run_2, a retry of run_1')
  })
})

test('next steps stand below each other, each with what it does', () => {
  const steps = [
    { command: 'segue a', does: 'one' },
    { command: 'segue bcd', does: 'the other' },
  ]
  expect(stepsText(steps)).toBe('  Next: segue a    one\n        segue bcd  the other')
})
