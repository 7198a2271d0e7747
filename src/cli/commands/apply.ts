import type { AddCommand } from '../command.ts'
import { changesText, summary } from '../changes.ts'
import { exitCodes } from '../exit-codes.ts'
import { addFileOption } from '../named-files.ts'
import { sendConfiguration } from '../send-configuration.ts'

interface ApplyOptions {
  readonly file: readonly string[]
  readonly prune?: boolean
  readonly test?: boolean
}

/** `segue apply`: makes the objects as the files say, all or nothing. */
export const addApply: AddCommand = (program, perform) => {
  addFileOption(program.command('apply').description('create and change objects as files say, all or nothing'))
    .option('--prune', 'delete what an earlier apply made and the files no longer have')
    .option('--test', 'first test the connections that would change, and check queries and exports on them')
    .action(async ({ file, prune = false, test = false }: ApplyOptions) =>
      perform(async (invocation) => {
        const { body, changes } = await sendConfiguration(invocation, { action: 'apply', files: file, prune, more: { test } })
        const text = changes.length === 0 ? 'Nothing to change.' : `${changesText(changes)}\n\nApplied: ${summary(changes)}.`
        invocation.output.result(body, text)
        return exitCodes.succeeded
      }),
    )
}
