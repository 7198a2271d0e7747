import { z } from 'zod'
import { apiPath } from '../../api-client.ts'
import { runDocument } from '../../contract/runs.ts'
import type { RunDocument } from '../../contract/runs.ts'
import type { AddCommand, Invocation } from '../command.ts'
import { count } from '../display-text.ts'
import { exitCodes } from '../exit-codes.ts'
import { commandLine } from '../next-commands.ts'
import { upTo200 } from '../page-limit.ts'
import { showRun } from '../show-run.ts'
import { table } from '../table.ts'
import { addRunActions } from './run-actions.ts'
import { addRunParts } from './run-parts.ts'

const runPage = z.object({ data: z.array(runDocument), nextCursor: z.string().nullable() })

interface ListOptions {
  readonly limit: number
  readonly cursor?: string
  readonly state?: string
  readonly orchestration?: string
}

/** `segue runs`, `segue runs show ID`, and what can be done with a run. */
export const addRuns: AddCommand = (program, perform) => {
  const runs = program.command('runs').description('list runs; look at one, end it, let it go on, start it again')
  runs
    .command('list', { isDefault: true })
    .description('the newest runs first')
    .option('--limit <number>', 'how many, 200 at most', upTo200, 20)
    .option('--cursor <cursor>', 'go on after an earlier list')
    .option('--state <state>', 'only those in this state')
    .option('--orchestration <name>', 'only those of this orchestration')
    .action(async (options: ListOptions) => perform(async (invocation) => list(invocation, options)))
  runs
    .command('show')
    .description('one run: state, counts, files, rejects')
    .argument('<id>', 'the run')
    .action(async (id: string) => perform(async (invocation) => show(invocation, id)))
  addRunParts(runs, perform)
  addRunActions(runs, perform)
}

/** The arguments that show the next page of the same list. */
function nextPage({ limit, state, orchestration }: ListOptions, cursor: string): string[] {
  const filters = { limit: limit === 20 ? undefined : String(limit), state, orchestration, cursor }
  return ['runs', ...Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))]
}

async function list({ connect, output, world, dataDir }: Invocation, options: ListOptions): Promise<number> {
  const client = await connect()
  const { body } = await client.send({ method: 'GET', path: apiPath('runs'), query: { ...options }, signal: world.interrupt })
  const { data, nextCursor } = runPage.parse(body)
  output.result(body, data.length === 0 ? 'No runs.' : listText(data))
  if (nextCursor !== null && !output.json) output.note(`  More: ${commandLine({ dataDir, env: world.env }, nextPage(options, nextCursor))}`)
  return exitCodes.succeeded
}

function listText(runs: readonly RunDocument[]): string {
  return table(
    [
      { title: 'RUN' },
      { title: 'ORCHESTRATION' },
      { title: 'STATE' },
      { title: 'REQUESTED' },
      { title: 'DELIVERED', align: 'right' },
      { title: 'REJECTED', align: 'right' },
    ],
    runs.map((run) => [run.id, run.orchestration, run.state, run.requestedAt, count(run.counts.delivered), count(run.counts.rejected)]),
  )
}

async function show(invocation: Invocation, id: string): Promise<number> {
  const client = await invocation.connect()
  const { body } = await client.send({ method: 'GET', path: apiPath('runs', id), signal: invocation.world.interrupt })
  showRun(invocation, runDocument.parse(body))
  return exitCodes.succeeded
}
