import { randomUUID } from 'node:crypto'
import { InvalidArgumentError, Option } from 'commander'
import { apiPath } from '../../api-client.ts'
import type { ApiClient } from '../../api-client.ts'
import { durationForm, durationMs } from '../../contract/duration.ts'
import { SegueError } from '../../contract/errors.ts'
import { isFinal, runDocument } from '../../contract/runs.ts'
import type { RunDocument } from '../../contract/runs.ts'
import type { AddCommand, Invocation } from '../command.ts'
import { exitCodeOfRun, exitCodes } from '../exit-codes.ts'
import { exitCodeOfInterrupt, Interrupted } from '../interrupt.ts'
import { runText } from '../run-report.ts'
import { getRun, watchRun } from '../watch-run.ts'

interface RunOptions {
  readonly wait?: boolean
  readonly follow?: boolean
  /** Milliseconds. */
  readonly timeout?: number
  readonly queue?: boolean
}

/** `segue run NAME`: starts an orchestration; the exit code says how it ended. */
export const addRun: AddCommand = (program, perform) => {
  program
    .command('run')
    .description('start an orchestration (without a server it waits)')
    .argument('<name>', 'the orchestration')
    .option('--wait', 'wait until the run has ended; the exit code says how')
    .option('--follow', 'wait, and print the timeline')
    .option('--timeout <time>', 'wait no longer than so (30s, 10m, 2h) and exit with 9; the run goes on', parseTimeout)
    .addOption(new Option('--queue').hideHelp())
    .action(async (name: string, options: RunOptions) => perform(async (invocation) => run(invocation, name, options)))
}

async function run(invocation: Invocation, name: string, options: RunOptions): Promise<number> {
  const { connect, output, world } = invocation
  if (options.queue) throw new SegueError('NOT_AVAILABLE', '`segue run --queue` comes with a later version.')
  const client = await connect()
  if (options.timeout !== undefined && client.server === null)
    throw new SegueError('USAGE', '--timeout needs a server: without one the run lives in this command, and would end with it.')
  world.interrupt.throwIfAborted()
  const { body } = await client.send({
    method: 'POST',
    path: apiPath('orchestrations', name, 'runs'),
    headers: { 'idempotency-key': randomUUID() },
    body: {},
  })
  const started = runDocument.parse(body)

  // Without a server the run lives in this process: to leave is to end it.
  if (client.server !== null && !options.wait && !options.follow && options.timeout === undefined) {
    output.result(started, `Started: ${started.id}\n  Next: segue runs show ${started.id}`)
    return exitCodes.succeeded
  }
  const patience = options.timeout === undefined ? null : AbortSignal.timeout(options.timeout)
  const signal = patience ? AbortSignal.any([world.interrupt, patience]) : world.interrupt
  try {
    const ended = await watchRun(client, started.id, { output, follow: options.follow ?? false, signal })
    return report(invocation, ended, exitCodeOfRun(ended.state))
  } catch (error) {
    if (patience && error === patience.reason) {
      const run = await getRun(client, started.id)
      return report(invocation, run, exitCodeOfRun(run.state))
    }
    if (!(error instanceof Interrupted)) throw error
    return report(invocation, await leave(client, started.id, invocation), exitCodeOfInterrupt(error))
  }
}

/** The longest that a timer can wait. */
const longestMs = 2 ** 31 - 1

/** The milliseconds of `--timeout`. */
function parseTimeout(text: string): number {
  const ms = durationMs(text)
  if (ms === null) throw new InvalidArgumentError(`Give ${durationForm}.`)
  if (ms > longestMs) throw new InvalidArgumentError('The longest time is 24d.')
  return ms
}

/** Ctrl-C: a server goes on with the run; in this process it is cancelled, and what it wrote is removed before we go. */
async function leave(client: ApiClient, id: string, { output }: Invocation): Promise<RunDocument> {
  if (client.server !== null) {
    output.note(`The run goes on at ${client.server}. To end it: segue runs cancel ${id}`)
    return getRun(client, id)
  }
  output.note('Cancelling; what was written is removed. Ctrl-C again leaves at once.')
  await client.send({ method: 'POST', path: apiPath('runs', id, 'cancel') }).catch((error: unknown) => {
    if (!(error instanceof SegueError) || error.code !== 'RUN_FINAL') throw error
  })
  return watchRun(client, id, { output, follow: false, signal: new AbortController().signal })
}

function report({ output }: Invocation, run: RunDocument, exitCode: number): number {
  output.result(run, isFinal(run.state) ? runText(run) : `${runText(run)}\n\n  Next: segue runs show ${run.id}`)
  return exitCode
}
