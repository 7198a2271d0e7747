import { z } from 'zod'
import { apiPath } from '../../api-client.ts'
import type { AddCommand } from '../command.ts'
import { visible } from '../display-text.ts'
import { exitCodes } from '../exit-codes.ts'

const previewAnswer = z.object({
  destination: z.string(),
  datasets: z.array(z.object({ name: z.string(), fileName: z.string().nullable(), lines: z.array(z.string()) })),
})

/** `segue preview ORCHESTRATION`: names and first lines or rows of what it would send. */
export const addPreview: AddCommand = (program, perform) => {
  program
    .command('preview')
    .description('show the file names and first lines, or the first rows, that an orchestration would send')
    .argument('<orchestration>')
    .action(async (name: string) =>
      perform(async ({ connect, output, world }) => {
        const client = await connect()
        const { body } = await client.send({ method: 'POST', path: apiPath('orchestrations', name, 'preview'), signal: world.interrupt })
        const { destination, datasets } = previewAnswer.parse(body)
        const parts = datasets.map((dataset) => {
          const lines = dataset.lines.map((line) => `  ${visible(line)}`)
          const route = `${visible(dataset.name)} to ${visible(destination)}`
          return [dataset.fileName === null ? route : `${visible(dataset.fileName)}  (${route})`, ...lines].join('\n')
        })
        output.result(body, parts.join('\n\n'))
        return exitCodes.succeeded
      }),
    )
}
