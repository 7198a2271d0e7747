/** Commands to try next, ready to be copied. */
import type { RunDocument } from '../contract/runs.ts'

/** How this program was called: a command that is to be copied starts as this one did. */
export interface Called {
  readonly dataDir: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

interface Demo {
  readonly query: string
  readonly orchestrations: readonly string[]
  readonly outbox: string
}

export interface NextStep {
  readonly command: string
  readonly does: string
}

/** A whole command line: with the name that this program was called by, and with `--data-dir` where it was given. */
export function commandLine({ dataDir, env }: Called, args: readonly string[]): string {
  const program = env['SEGUE_PROGRAM'] ?? 'segue'
  const words = dataDir === undefined ? [program] : [program, '--data-dir', dataDir]
  return [...words, ...args].map(quoted).join(' ')
}

/** What to try after the demo. */
export function nextCommands(demo: Demo, called: Called): string[] {
  const orchestration = demo.orchestrations[0] ?? ''
  const commands = [
    ['query', demo.query, '--param', 'least_value=1500'],
    ['preview', orchestration],
    ['run', orchestration, '--follow'],
    ['runs'],
    ['export'],
    ['serve'],
  ]
  return [...commands.map((args) => commandLine(called, args)), `ls -l ${quoted(demo.outbox)}`]
}

/** What a person may do about a run as it is now; empty where there is nothing left to do. */
export function nextSteps(run: RunDocument, called: Called): NextStep[] {
  return stepsOf(run).map(([args, does]) => ({ command: commandLine(called, args), does }))
}

function stepsOf({ id, state, counts, files, reason }: RunDocument): [args: string[], does: string][] {
  const rejects: [string[], string][] = counts.rejected > 0 ? [[['rejects', id], 'the rejected rows, and why']] : []
  const left: [string[], string] = [['runs', 'retry', id], 'deliver what was left of the same input']
  switch (state) {
    case 'succeeded':
    case 'cancelled':
    case 'skipped':
      return []
    case 'succeeded_with_rejects':
      // Of files the rows are not kept: there is nothing to send again.
      return files.length > 0 ? rejects : [...rejects, [['rejects', id, '--retry'], 'send them again, once the reason is mended']]
    case 'failed':
      return [
        ...rejects,
        // The same rows would be rejected again.
        ...(reason === 'ALL_REJECTED' ? [] : [left]),
        [['runs', 'restart', id], 'start anew, from the configuration as it is now'],
      ]
    case 'blocked':
      return [
        [['runs', 'resume', id], 'go on, once what stopped it is mended'],
        [['runs', 'restart', id], 'end it, and start anew from the configuration as it is now'],
      ]
    case 'held':
      return [
        [['runs', 'release', id], 'let it go on'],
        [['runs', 'refuse', id], 'end it'],
      ]
    case 'needs_review':
      return [
        [['runs', 'parts', id, '--state', 'unknown'], 'the parts of which it is not known whether they arrived'],
        [['runs', 'resolve', id, '--part', 'PART', '--as', 'sent'], 'it arrived'],
        [['runs', 'resolve', id, '--part', 'PART', '--as', 'resend'], 'send it again'],
      ]
    case 'cancelling':
      return [[['runs', 'show', id], 'look again']]
    default:
      return [
        [['runs', 'show', id], 'look again'],
        [['runs', 'cancel', id], 'end it'],
      ]
  }
}

/** A word as a POSIX shell reads it back. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
