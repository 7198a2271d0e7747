import { z } from 'zod'
import { apiPath } from '../../api-client.ts'
import type { AddCommand } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { documentsToYaml } from '../yaml-export.ts'

const exportAnswer = z.object({ documents: z.array(z.record(z.string(), z.unknown())) })

/** `segue export`: all objects as YAML that `segue apply` takes. Secrets are left out: references are printed, others show as `set`. */
export const addExport: AddCommand = (program, perform) => {
  program
    .command('export')
    .description('write all objects as YAML that apply takes')
    .action(async () =>
      perform(async ({ connect, output, world }) => {
        const client = await connect()
        const { body } = await client.send({ method: 'GET', path: apiPath('configuration', 'export'), signal: world.interrupt })
        const { documents } = exportAnswer.parse(body)
        output.verbatim({ documents }, documentsToYaml(documents))
        return exitCodes.succeeded
      }),
    )
}
