import type { RunDocument } from '../contract/runs.ts'
import type { Invocation } from './command.ts'
import { nextSteps } from './next-commands.ts'
import { runText, stepsText } from './run-report.ts'

/** Says a run as the command's result: the document with `--json`; for people how it is, and what they may do about it. */
export function showRun({ output, dataDir, world }: Invocation, run: RunDocument): void {
  const steps = nextSteps(run, { dataDir, env: world.env })
  output.result(run, [runText(run), ...(steps.length > 0 ? [stepsText(steps)] : [])].join('\n\n'))
}
