import { Option } from 'commander'
import { z } from 'zod'
import { apiPath } from '../../api-client.ts'
import type { ApiClient } from '../../api-client.ts'
import { SegueError } from '../../contract/errors.ts'
import type { AddCommand } from '../command.ts'
import { visible } from '../display-text.ts'
import { exitCodes } from '../exit-codes.ts'

const kinds = { database: 'databases', destination: 'destinations' } as const
type Kind = keyof typeof kinds

const checkAnswer = z.object({ summary: z.string(), facts: z.record(z.string(), z.string()) })

/** `segue test NAME`: can the destination or database be reached, signed in to, and used? */
export const addTest: AddCommand = (program, perform) => {
  program
    .command('test')
    .description('test the connection of a destination or database')
    .argument('<name>')
    .addOption(new Option('--kind <kind>', 'which one, where both have the name').choices(Object.keys(kinds)))
    .action(async (name: string, options: { readonly kind?: Kind }) =>
      perform(async ({ connect, output, world }) => {
        const client = await connect()
        const kind = options.kind ?? (await kindOf(client, name))
        const { body } = await client.send({ method: 'POST', path: apiPath(kinds[kind], name, 'test'), signal: world.interrupt })
        const { summary, facts } = checkAnswer.parse(body)
        const lines = Object.entries(facts).map(([fact, value]) => `  ${visible(fact)}: ${visible(value)}`)
        output.result(body, [`Works: ${kind} ${name}, ${visible(summary)}`, ...lines].join('\n'))
        return exitCodes.succeeded
      }),
    )
}

async function kindOf(client: ApiClient, name: string): Promise<Kind> {
  const found: Kind[] = []
  let missing: unknown
  for (const kind of ['destination', 'database'] as const) {
    try {
      await client.send({ method: 'GET', path: apiPath(kinds[kind], name) })
      found.push(kind)
    } catch (error) {
      if (!(error instanceof SegueError) || error.code !== 'NOT_FOUND') throw error
      missing ??= error
    }
  }
  if (found.length > 1) throw new SegueError('USAGE', `"${name}" is a destination and a database: say which with --kind.`)
  if (found[0] === undefined) throw missing
  return found[0]
}
