/** Writes docs/reliability.md when the whole crash suite has passed; a part of it, or a failure, leaves the page as it is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { reportVariable, type Finding } from './report.ts'

const faults: readonly (readonly [fault: string, title: string, text: string])[] = [
  [
    'crash-point',
    'kill -9 at every crash point',
    'The worker kills itself at the first and at the last time that it reaches the point; another one goes on.',
  ],
  [
    'random',
    'kill -9 at random',
    'Of several workers one is killed after a random time, again and again, while all kinds of destinations are delivered to.',
  ],
  [
    'stopped',
    'SIGSTOP past the lease, then SIGCONT',
    'The worker stands still, another one takes over and ends the run; then the first one wakes up.',
  ],
  [
    'store',
    'PostgreSQL killed in the middle of a run',
    'The postmaster of the embedded PostgreSQL is killed (SIGKILL) again and again; it is started anew by who needs it.',
  ],
  ['disk', 'The disk of the spool is full', 'The spool is on a disk of 4 MB; then there is room, and the run is resumed.'],
  [
    'network',
    'A network that cuts, stalls and delays',
    'Between worker and destination stands a proxy that cuts connections, lets them hang, and delays.',
  ],
  ['cancel', 'Cancel', 'A run is cancelled in each phase; measured until it has ended and everything is removed.'],
]

let given: { readonly project: TestProject; readonly folder: string } | null = null

export function setup(project: TestProject): void {
  const folder = mkdtempSync(join(tmpdir(), 'segue-crash-report-'))
  process.env[reportVariable] = folder
  given = { project, folder }
}

export function teardown(): void {
  if (given === null) return
  const { project, folder } = given
  const findings = readFindings(join(folder, 'findings.ndjson'))
  rmSync(folder, { recursive: true, force: true })
  const isWhole = faults.every(([fault]) => findings.some((finding) => finding.fault === fault))
  const hasFailed = project.vitest.state.getFiles().some((file) => file.result?.state !== 'pass')
  if (isWhole && !hasFailed) writeFileSync(resolve(import.meta.dirname, '../../docs/reliability.md'), pageOf(findings))
}

function readFindings(path: string): Finding[] {
  try {
    return readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding)
  } catch {
    return []
  }
}

function pageOf(findings: readonly Finding[]): string {
  const sections = faults.map(([fault, title, text]) => {
    const rows = findings
      .filter((finding) => finding.fault === fault)
      .map(
        ({ destination, times, outcome, worst }) =>
          `| ${destination} | ${times} | ${outcome} | ${worst ? `${worst.what} ${(worst.ms / 1_000).toFixed(1)} s` : ''} |`,
      )
    return `## ${title}\n\n${text}\n\n| destination | times | outcome | worst |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
  })
  return `# Reliability

What was done to Segue, and what came of it. This page is written by \`npm run test:crash\` itself, when every test of it has passed: real processes, a real
PostgreSQL, a real OpenSSH server, and a server that misbehaves. Leases are 2 s there (30 s usually). After each fault the same must hold: the counts of
every dataset add up, nothing is pending, every row is there, rows are there twice only where the destination cannot tell repeats apart and are
marked then, files are whole and as many as they should be, no temporary file is left, the ledger says the same as the counts, and a run that has ended does not change.

${sections.join('\n')}`
}
