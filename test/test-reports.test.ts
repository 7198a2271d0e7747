import { describe, expect, test } from 'vitest'
import { skippedNames, sumReports, type TestReport } from '../scripts/test-reports.ts'

const report = (counts: Partial<TestReport>): TestReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...counts,
})

describe('the last line of a build', () => {
  test('sums the reports of all suites', () => {
    const first = report({ numPassedTests: 3, numFailedTests: 1, numPendingTests: 2 })
    const second = report({ numPassedTests: 4, numTodoTests: 1 })
    expect(sumReports([first, second], 1)).toEqual({ passed: 7, failed: 1, skipped: 3 })
  })

  test('names what was skipped', () => {
    const results = ['passed', 'skipped', 'todo', 'failed'].map((status) => ({ status, fullName: `was ${status}` }))
    expect(skippedNames([report({ testResults: [{ status: 'passed', assertionResults: results }] })])).toEqual(['was skipped', 'was todo'])
  })

  test('counts a file that did not load as a failure, though none of its tests failed', () => {
    const unloaded = { status: 'failed', assertionResults: [] }
    const failed = { status: 'failed', assertionResults: [{ status: 'failed', fullName: 'a' }] }
    expect(sumReports([report({ numPassedTests: 3, numFailedTests: 1, testResults: [unloaded, failed] })], 1)).toEqual({
      passed: 3,
      failed: 2,
      skipped: 0,
    })
  })

  test('has a failure where a step failed before any test ran', () => {
    expect(sumReports([], 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(sumReports([report({ numPassedTests: 3 })], 1)).toEqual({ passed: 3, failed: 1, skipped: 0 })
  })
})
