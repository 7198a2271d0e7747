import { randomUUID } from 'node:crypto'
import { apiPath } from '../../api-client.ts'
import type { AddCommand } from '../command.ts'
import { addWaitOptions, sendAndWait } from '../wait-for-run.ts'
import type { WaitOptions } from '../wait-for-run.ts'

interface RunOptions extends WaitOptions {
  readonly queue?: boolean
}

/** `segue run NAME`: starts an orchestration; the exit code says how it ended. */
export const addRun: AddCommand = (program, perform) => {
  const command = program
    .command('run')
    .description('start an orchestration (without a server it waits)')
    .argument('<name>', 'the orchestration')
  addWaitOptions(command)
    .option('--queue', 'where a run of it is active, wait behind that one')
    .action(async (name: string, { queue, ...options }: RunOptions) =>
      perform(async (invocation) => {
        const path = apiPath('orchestrations', name, 'runs')
        const headers = { 'idempotency-key': randomUUID() }
        return sendAndWait(invocation, { method: 'POST', path, headers, body: { queue: queue ?? false } }, options, 'Started')
      }),
    )
}
