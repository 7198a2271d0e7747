import { Option } from 'commander'
import { z } from 'zod'
import { apiPath } from '../../api-client.ts'
import type { ApiClient } from '../../api-client.ts'
import { SegueError } from '../../contract/errors.ts'
import { rejectedRow } from '../../contract/runs.ts'
import type { RunDocument } from '../../contract/runs.ts'
import type { AddCommand, Invocation } from '../command.ts'
import { downloadRejects } from '../download-rejects.ts'
import type { DownloadOptions } from '../download-rejects.ts'
import { exitCodes } from '../exit-codes.ts'
import { commandLine } from '../next-commands.ts'
import { upTo200 } from '../page-limit.ts'
import { meantDataset, reasonsOf, reasonsText, rowsText } from '../rejects-report.ts'
import { addWaitOptions, sendAndWait } from '../wait-for-run.ts'
import type { WaitOptions } from '../wait-for-run.ts'
import { getRun } from '../watch-run.ts'
import { startAgain } from './run-actions.ts'

const rejectsPage = z.object({ data: z.array(rejectedRow), hasMore: z.boolean() })

interface RejectsOptions extends WaitOptions, Partial<DownloadOptions> {
  readonly code?: string
  readonly limit: number
  readonly retry?: boolean
}

/** `segue rejects RUN`: the rows that a run could not deliver, as a table, as a file, or sent again. */
export const addRejects: AddCommand = (program, perform) => {
  const command = program
    .command('rejects')
    .description('the rows that a run could not deliver: look at them, write them to a file, send them again')
    .argument('<run>', 'the run')
    .option('--dataset <name>', 'only those of this dataset: a query or an exported table')
    .option('--code <code>', 'only those with this reason')
    .option('--limit <number>', 'how many are shown, 200 at most', upTo200, 20)
    .addOption(
      new Option('--format <format>', 'write all of them, to standard output or to --output')
        .choices(['ndjson', 'csv'])
        .conflicts(['code', 'limit']),
    )
    .option('--output <file>', 'the file that --format writes; it must not be there')
    .option('--force', 'replace the file that is there')
    .addOption(
      new Option('--retry', 'start a run of the rejected rows, of all datasets').conflicts([
        'dataset',
        'code',
        'limit',
        'format',
        'output',
        'force',
      ]),
    )
  addWaitOptions(command).action(async (run: string, options: RejectsOptions) =>
    perform(async (invocation) => {
      const { retry, format } = checked(options, invocation.output.json)
      if (retry) return sendAndWait(invocation, startAgain(run, 'retry', { what: 'rejected' }), options, 'Started')
      if (format !== undefined) return downloadRejects(invocation, run, { ...options, format })
      return show(invocation, run, options)
    }),
  )
}

/** Refuses options that would be passed over in silence. */
function checked(options: RejectsOptions, json: boolean): RejectsOptions {
  const { retry, format, output } = options
  const waits = options.wait || options.follow || options.timeout !== undefined
  if (waits && !retry) throw new SegueError('USAGE', '--wait, --follow and --timeout belong to --retry.')
  if (output !== undefined && format === undefined) throw new SegueError('USAGE', '--output needs --format: ndjson or csv.')
  if (options.force && output === undefined) throw new SegueError('USAGE', '--force belongs to --output.')
  if (json && format !== undefined && output === undefined)
    throw new SegueError('USAGE', 'With --json standard output is one document: give --output for the rows.')
  return options
}

async function show(invocation: Invocation, id: string, options: RejectsOptions): Promise<number> {
  const { connect, output, world, dataDir } = invocation
  const client = await connect()
  const run = await getRun(client, id)
  const dataset = meantDataset(run, options.dataset)
  const reasons = reasonsOf(run, options)
  const { data, hasMore } =
    reasons.length > 0 || options.dataset !== undefined ? await firstRows(client, run, dataset, options, world.interrupt) : none
  const all = reasons.reduce((sum, { rows }) => sum + rows, 0)
  const called = (...args: readonly string[]): string => commandLine({ dataDir, env: world.env }, ['rejects', run.id, ...args])
  const parts = [reasonsText(reasons)]
  if (data.length > 0) parts.push(rowsText(data, all))
  else if (reasons.length > 0)
    parts.push(dataset === undefined ? `  Next: ${called('--dataset', 'NAME')}` : '  The rows themselves are not kept.')
  if (hasMore)
    parts.push(`  Next: ${called(...(run.datasets.length > 1 ? ['--dataset', dataset ?? ''] : []), '--format', 'csv', '--output', 'FILE')}`)
  output.result({ run: run.id, reasons, dataset: dataset ?? null, data, hasMore }, parts.join('\n\n'))
  return exitCodes.succeeded
}

const none: z.output<typeof rejectsPage> = { data: [], hasMore: false }

/** Nothing where the run has several datasets and none was named: then the reasons are all there is to show. */
async function firstRows(
  client: ApiClient,
  run: RunDocument,
  dataset: string | undefined,
  { code, limit }: RejectsOptions,
  signal: AbortSignal,
): Promise<z.output<typeof rejectsPage>> {
  if (dataset === undefined) return none
  const { body } = await client.send({ method: 'GET', path: apiPath('runs', run.id, 'rejects'), query: { dataset, code, limit }, signal })
  return rejectsPage.parse(body)
}
