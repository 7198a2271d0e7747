import { z } from 'zod'
import { apiPath } from '../../api-client.ts'
import { partView } from '../../contract/runs.ts'
import type { PartView } from '../../contract/runs.ts'
import type { AddCommand, Invocation } from '../command.ts'
import { count } from '../display-text.ts'
import { exitCodes } from '../exit-codes.ts'
import { commandLine } from '../next-commands.ts'
import { upTo200 } from '../page-limit.ts'
import { table } from '../table.ts'

const partPage = z.object({ data: z.array(partView), nextCursor: z.string().nullable() })

interface PartsOptions {
  readonly state?: string
  readonly limit: number
  readonly cursor?: string
}

/** `segue runs parts ID`: the files or batches of a run. */
export const addRunParts: AddCommand = (runs, perform) => {
  runs
    .command('parts')
    .description('the files or batches of a run, in order')
    .argument('<id>', 'the run')
    .option('--state <state>', 'only those in this state')
    .option('--limit <number>', 'how many, 200 at most', upTo200, 50)
    .option('--cursor <cursor>', 'go on after an earlier list')
    .action(async (id: string, options: PartsOptions) => perform(async (invocation) => list(invocation, id, options)))
}

async function list({ connect, output, world, dataDir }: Invocation, id: string, options: PartsOptions): Promise<number> {
  const client = await connect()
  const { body } = await client.send({ method: 'GET', path: apiPath('runs', id, 'parts'), query: { ...options }, signal: world.interrupt })
  const { data, nextCursor } = partPage.parse(body)
  output.result(body, data.length === 0 ? 'No parts.' : partsText(data))
  if (nextCursor !== null && !output.json) {
    const filters = options.state === undefined ? [] : ['--state', options.state]
    const args = ['runs', 'parts', id, ...filters, '--limit', String(options.limit), '--cursor', nextCursor]
    output.note(`  More: ${commandLine({ dataDir, env: world.env }, args)}`)
  }
  return exitCodes.succeeded
}

function partsText(parts: readonly PartView[]): string {
  return table(
    [
      { title: 'PART', whole: true },
      { title: 'DATASET' },
      { title: 'STATE' },
      { title: 'WHAT' },
      { title: 'DELIVERED', align: 'right' },
      { title: 'REJECTED', align: 'right' },
      { title: 'ATTEMPTS', align: 'right' },
      { title: 'REASON' },
    ],
    parts.map((part) => [
      part.id,
      part.dataset,
      part.possibleDuplicate ? `${part.state}, maybe twice` : part.state,
      whatOf(part),
      count(part.delivered),
      count(part.rejected),
      count(part.attempts),
      part.reason ?? '',
    ]),
  )
}

/** A file by its name, a batch by its rows, whose numbers are those of `segue rejects`. */
function whatOf({ name, from, to, rows }: PartView): string {
  if (name !== null) return name
  if (from === null || to === null) return rows === null ? '' : `rows ${count(rows)}`
  return `rows ${count(from)} to ${count(to - 1)}`
}
