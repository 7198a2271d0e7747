import type { AddCommand } from '../command.ts'
import { counted } from '../display-text.ts'
import { exitCodes } from '../exit-codes.ts'
import { addFileOption } from '../named-files.ts'
import { sendConfiguration } from '../send-configuration.ts'

/** `segue validate`: every check that apply makes, and no change. */
export const addValidate: AddCommand = (program, perform) => {
  addFileOption(program.command('validate').description('check files as apply would, and change nothing'))
    .option('--test', 'also test the connections that would change, and check queries and exports on them')
    .action(async ({ file, test = false }: { readonly file: readonly string[]; readonly test?: boolean }) =>
      perform(async (invocation) => {
        const { documents } = await sendConfiguration(invocation, { action: 'plan', files: file, prune: false, more: { test } })
        invocation.output.result({ valid: true, documents }, `Valid: ${counted(documents, 'document')}.`)
        return exitCodes.succeeded
      }),
    )
}
