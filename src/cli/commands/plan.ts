import { apiPath } from '../../api-client.ts'
import type { AddCommand } from '../command.ts'
import { changesAnswer, changesText, summary } from '../changes.ts'
import { exitCodes } from '../exit-codes.ts'
import { addFileOption, readNamed, refuseEmptyPrune } from '../named-files.ts'

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
    .action(async (options: PlanOptions) =>
      perform(async ({ connect, output, world }) => {
        const client = await connect()
        const { documents, placed } = await readNamed(options.file, client, world)
        refuseEmptyPrune(documents, options.prune)
        try {
          const { body } = await client.send({
            method: 'POST',
            path: apiPath('configuration', 'plan'),
            body: { documents, prune: options.prune ?? false },
            signal: world.interrupt,
          })
          const { changes } = changesAnswer.parse(body)
          output.result(
            { changes },
            changes.length === 0 ? 'Nothing to change.' : `${changesText(changes)}\n\nPlanned: ${summary(changes)}.`,
          )
          return options.detailedExitcode && changes.length > 0 ? exitCodes.changes : exitCodes.succeeded
        } catch (error) {
          throw placed(error)
        }
      }),
    )
}
