/** What `segue run` and the commands that let a run go on have in common: send, wait, report how it ended. */
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { apiPath } from '../api-client.ts'
import type { ApiClient, ApiRequest } from '../api-client.ts'
import { durationForm, durationMs } from '../contract/duration.ts'
import { SegueError } from '../contract/errors.ts'
import { runDocument } from '../contract/runs.ts'
import type { RunDocument } from '../contract/runs.ts'
import type { Invocation } from './command.ts'
import { exitCodeOfRun, exitCodes } from './exit-codes.ts'
import { exitCodeOfInterrupt, Interrupted } from './interrupt.ts'
import { commandLine } from './next-commands.ts'
import { showRun } from './show-run.ts'
import { getRun, isSettled, watchRun } from './watch-run.ts'

export interface WaitOptions {
  readonly wait?: boolean
  readonly follow?: boolean
  /** Milliseconds. */
  readonly timeout?: number
}

/** Adds `--wait`, `--follow` and `--timeout`. */
export function addWaitOptions(command: Command): Command {
  return command
    .option('--wait', 'wait until the run has ended, or needs a person; the exit code says how')
    .option('--follow', 'wait, and print the timeline')
    .option('--timeout <time>', 'wait no longer than so (30s, 10m, 2h) and exit with 9; the run goes on', parseTimeout)
}

/**
 * Sends what starts a run or lets one go on, and waits for it where the options say so; without a server always, as the run lives in this
 * process then. Gives the exit code: how the run ended, where it was waited for.
 *
 * @param done what was done, for people, where it is not waited for: `Started`
 */
export async function sendAndWait(invocation: Invocation, request: ApiRequest, options: WaitOptions, done: string): Promise<number> {
  const { connect, output, world, dataDir } = invocation
  const client = await connect()
  if (options.timeout !== undefined && client.server === null)
    throw new SegueError('USAGE', '--timeout needs a server: without one the run lives in this command, and would end with it.')
  world.interrupt.throwIfAborted()
  const run = runDocument.parse((await client.send(request)).body)
  if (client.server === null || options.wait || options.follow || options.timeout !== undefined)
    return wait(invocation, client, run.id, options)

  if (isSettled(run)) showRun(invocation, run)
  else output.result(run, `${done}: ${run.id}\n  Next: ${commandLine({ dataDir, env: world.env }, ['runs', 'show', run.id])}`)
  return exitCodes.succeeded
}

async function wait(invocation: Invocation, client: ApiClient, id: string, { follow, timeout }: WaitOptions): Promise<number> {
  const { output, world } = invocation
  const patience = timeout === undefined ? null : AbortSignal.timeout(timeout)
  const signal = patience ? AbortSignal.any([world.interrupt, patience]) : world.interrupt
  const reported = (run: RunDocument, exitCode: number): number => {
    showRun(invocation, run)
    return exitCode
  }
  try {
    const run = await watchRun(client, id, { output, follow: follow ?? false, signal })
    return reported(run, exitCodeOfRun(run.state))
  } catch (error) {
    if (patience && error === patience.reason) {
      const run = await getRun(client, id)
      return reported(run, exitCodeOfRun(run.state))
    }
    if (!(error instanceof Interrupted)) throw error
    return reported(await leave(client, id, invocation), exitCodeOfInterrupt(error))
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
