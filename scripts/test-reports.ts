import { z } from 'zod'

/** What is read of a JSON report of vitest. */
export const testReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string(), fullName: z.string().default('') })) }),
  ),
})

export type TestReport = z.infer<typeof testReport>

/** Names of the tests that did not run, so that a test that is skipped everywhere is seen. */
export function skippedNames(reports: readonly TestReport[]): readonly string[] {
  const all = reports.flatMap(({ testResults }) => testResults.flatMap(({ assertionResults }) => assertionResults))
  return all.filter(({ status }) => !['passed', 'failed'].includes(status)).map(({ fullName }) => fullName)
}

/**
 * The sum of reports. A test file that failed without a failed test (it did not load) counts as one failure; and where steps of a
 * build failed, there is at least one failure for each of them.
 */
export function sumReports(reports: readonly TestReport[], failedSteps: number): { passed: number; failed: number; skipped: number } {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const report of reports) {
    const unloaded = report.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
    )
    sum.passed += report.numPassedTests
    sum.failed += report.numFailedTests + unloaded.length
    sum.skipped += report.numPendingTests + report.numTodoTests
  }
  return { ...sum, failed: Math.max(sum.failed, failedSteps) }
}
