/**
 * `node scripts/sum-test-reports.ts FOLDER [FAILED STEP...]`: sums the JSON reports of vitest in a folder and prints the names of the
 * tests that were skipped and one line, "N passed, N failed, N skipped". Exits with 1 where anything failed.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { skippedNames, sumReports, testReport } from './test-reports.ts'
import type { TestReport } from './test-reports.ts'

const [folder, ...failedSteps] = process.argv.slice(2)
if (folder === undefined) throw new Error('Say which folder holds the reports.')

const reports = await Promise.all(
  (await readdir(folder)).filter((name) => name.endsWith('.json')).map(async (name) => readReport(join(folder, name))),
)
for (const name of skippedNames(reports)) console.log(`skipped: ${name}`)
const { passed, failed, skipped } = sumReports(reports, failedSteps.length)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

async function readReport(path: string): Promise<TestReport> {
  return testReport.parse(JSON.parse(await readFile(path, 'utf8')))
}
