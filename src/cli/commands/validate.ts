import { apiPath } from '../../api-client.ts'
import type { AddCommand } from '../command.ts'
import { counted } from '../display-text.ts'
import { exitCodes } from '../exit-codes.ts'
import { addFileOption, readNamed } from '../named-files.ts'

/** `segue validate`: every check that apply makes, and no change. */
export const addValidate: AddCommand = (program, perform) => {
  addFileOption(program.command('validate').description('check files as apply would, and change nothing')).action(
    async (options: { readonly file: readonly string[] }) =>
      perform(async ({ connect, output, world }) => {
        const client = await connect()
        const { documents, placed } = await readNamed(options.file, client, world)
        try {
          await client.send({
            method: 'POST',
            path: apiPath('configuration', 'plan'),
            body: { documents, prune: false },
            signal: world.interrupt,
          })
        } catch (error) {
          throw placed(error)
        }
        output.result({ valid: true, documents: documents.length }, `Valid: ${counted(documents.length, 'document')}.`)
        return exitCodes.succeeded
      }),
  )
}
