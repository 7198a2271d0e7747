import { apiPath } from '../../api-client.ts'
import type { AddCommand } from '../command.ts'
import { changesAnswer, changesText, summary } from '../changes.ts'
import { exitCodes } from '../exit-codes.ts'
import { addFileOption, readNamed, refuseEmptyPrune } from '../named-files.ts'

interface ApplyOptions {
  readonly file: readonly string[]
  readonly prune?: boolean
  readonly test?: boolean
}

/** `segue apply`: makes the objects as the files say, all or nothing. */
export const addApply: AddCommand = (program, perform) => {
  addFileOption(program.command('apply').description('create and change objects as files say, all or nothing'))
    .option('--prune', 'delete what an earlier apply made and the files no longer have')
    .option('--test', 'test the connections that would change first')
    .action(async (options: ApplyOptions) =>
      perform(async ({ connect, output, world }) => {
        const client = await connect()
        const { documents, placed } = await readNamed(options.file, client, world)
        refuseEmptyPrune(documents, options.prune)
        try {
          const { body } = await client.send({
            method: 'POST',
            path: apiPath('configuration', 'apply'),
            body: { documents, prune: options.prune ?? false, test: options.test ?? false },
            signal: world.interrupt,
          })
          const { changes } = changesAnswer.parse(body)
          output.result(body, changes.length === 0 ? 'Nothing to change.' : `${changesText(changes)}\n\nApplied: ${summary(changes)}.`)
          return exitCodes.succeeded
        } catch (error) {
          throw placed(error)
        }
      }),
    )
}
