import type { AddCommand } from '../command.ts'
import { changesText, summary } from '../changes.ts'
import { exitCodes } from '../exit-codes.ts'
import { addFileOption } from '../named-files.ts'
import { sendConfiguration } from '../send-configuration.ts'

interface PlanOptions {
  readonly file: readonly string[]
  readonly prune?: boolean
  readonly detailedExitcode?: boolean
}

/** `segue plan`: what `segue apply` would change. */
export const addPlan: AddCommand = (program, perform) => {
  addFileOption(program.command('plan').description('show what apply would change'))
    .option('--prune', 'also show what would be deleted')
    .option('--detailed-exitcode', 'exit with 2 where something would change')
    .action(async ({ file, prune = false, detailedExitcode = false }: PlanOptions) =>
      perform(async (invocation) => {
        const { changes } = await sendConfiguration(invocation, { action: 'plan', files: file, prune })
        const text = changes.length === 0 ? 'Nothing to change.' : `${changesText(changes)}\n\nPlanned: ${summary(changes)}.`
        invocation.output.result({ changes }, text)
        return detailedExitcode && changes.length > 0 ? exitCodes.changes : exitCodes.succeeded
      }),
    )
}
