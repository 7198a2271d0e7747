/** The lines of docs/reliability.md: each test tells what it did and saw; reliability-page.ts writes the page when all have run. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Finding {
  /** Tests of one fault make one table. */
  readonly fault: string
  readonly destination: string
  readonly times: number
  /** What was measured: the worst of all times. */
  readonly worst?: { readonly what: string; readonly ms: number }
  readonly outcome: string
}

export const reportVariable = 'SEGUE_CRASH_REPORT'

/** Only what held is told: a test that fails throws before. */
export function tell(finding: Finding): void {
  const folder = process.env[reportVariable]
  if (folder !== undefined) appendFileSync(join(folder, 'findings.ndjson'), `${JSON.stringify(finding)}\n`)
}
