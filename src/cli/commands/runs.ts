import { InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { apiPath } from '../../api-client.ts'
import { runDocument } from '../../contract/runs.ts'
import type { RunDocument } from '../../contract/runs.ts'
import type { AddCommand, Invocation } from '../command.ts'
import { count } from '../display-text.ts'
import { exitCodes } from '../exit-codes.ts'
import { quoted } from '../next-commands.ts'
import { runText } from '../run-report.ts'
import { table } from '../table.ts'
import { addLaterCommand, laterRunsCommands } from './later.ts'

const runPage = z.object({ data: z.array(runDocument), nextCursor: z.string().nullable() })

interface ListOptions {
  readonly limit: number
  readonly cursor?: string
  readonly state?: string
  readonly orchestration?: string
}

/** `segue runs`, `segue runs show ID`, `segue runs cancel ID`. */
export const addRuns: AddCommand = (program, perform) => {
  const runs = program.command('runs').description('list runs; show or cancel one')
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
    .argument('<id>')
    .action(async (id: string) => perform(async (invocation) => show(invocation, id)))
  runs
    .command('cancel')
    .description('end a run that works')
    .argument('<id>')
    .action(async (id: string) => perform(async (invocation) => cancel(invocation, id)))
  for (const name of laterRunsCommands) addLaterCommand(runs, name, `segue runs ${name}`, perform)
}

function upTo200(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) > 200) throw new InvalidArgumentError('It must be a whole number from 1 to 200.')
  return Number(text)
}

/** The command that shows the next page of the same list. */
function nextPage({ limit, state, orchestration }: ListOptions, cursor: string): string {
  const filters = { limit: limit === 20 ? undefined : String(limit), state, orchestration, cursor }
  const words = Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, quoted(value)]))
  return ['segue runs', ...words].join(' ')
}

async function list({ connect, output, world }: Invocation, options: ListOptions): Promise<number> {
  const client = await connect()
  const { body } = await client.send({ method: 'GET', path: apiPath('runs'), query: { ...options }, signal: world.interrupt })
  const { data, nextCursor } = runPage.parse(body)
  output.result(body, data.length === 0 ? 'No runs.' : listText(data))
  if (nextCursor !== null && !output.json) output.note(`  More: ${nextPage(options, nextCursor)}`)
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

async function show({ connect, output, world }: Invocation, id: string): Promise<number> {
  const client = await connect()
  const { body } = await client.send({ method: 'GET', path: apiPath('runs', id), signal: world.interrupt })
  output.result(body, runText(runDocument.parse(body)))
  return exitCodes.succeeded
}

async function cancel({ connect, output, world }: Invocation, id: string): Promise<number> {
  const client = await connect()
  const { body } = await client.send({ method: 'POST', path: apiPath('runs', id, 'cancel'), signal: world.interrupt })
  output.result(body, runText(runDocument.parse(body)))
  return exitCodes.succeeded
}
