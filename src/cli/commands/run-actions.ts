import { randomUUID } from 'node:crypto'
import { Option } from 'commander'
import type { Command } from 'commander'
import { apiPath } from '../../api-client.ts'
import type { ApiRequest } from '../../api-client.ts'
import { runDocument } from '../../contract/runs.ts'
import type { AddCommand, Invocation } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import { showRun } from '../show-run.ts'
import { addWaitOptions, sendAndWait } from '../wait-for-run.ts'
import type { WaitOptions } from '../wait-for-run.ts'

interface Resolution extends WaitOptions {
  readonly part: string
  readonly as: 'sent' | 'resend'
}

const started = [
  { action: 'retry', description: 'start a run that delivers what this one left of the same input' },
  { action: 'restart', description: 'start a run from the configuration as it is now; a blocked run ends by it' },
] as const
const goingOn = [
  { action: 'resume', description: 'let a blocked run go on, once what stopped it is mended' },
  { action: 'release', description: 'let a held run go on' },
] as const
const ending = [
  { action: 'cancel', description: 'end a run that works or waits' },
  { action: 'refuse', description: 'end a held run: nothing more of it is sent' },
] as const

/** `segue runs cancel|retry|restart|resume|release|refuse|resolve ID`. */
export const addRunActions: AddCommand = (runs, perform) => {
  const add = (action: string, description: string): Command => runs.command(action).description(description).argument('<id>', 'the run')
  for (const { action, description } of started) {
    addWaitOptions(add(action, description)).action(async (id: string, options: WaitOptions) =>
      perform(async (invocation) => sendAndWait(invocation, startAgain(id, action), options, 'Started')),
    )
  }
  for (const { action, description } of goingOn) {
    addWaitOptions(add(action, description)).action(async (id: string, options: WaitOptions) =>
      perform(async (invocation) => sendAndWait(invocation, { method: 'POST', path: apiPath('runs', id, action) }, options, 'Goes on')),
    )
  }
  for (const { action, description } of ending) {
    add(action, description).action(async (id: string) => perform(async (invocation) => end(invocation, id, action)))
  }
  addWaitOptions(
    add('resolve', 'say what became of an unknown part; the run goes on after the last one')
      .requiredOption('--part <part>', 'the part, of `segue runs parts ID --state unknown`')
      .addOption(new Option('--as <outcome>', 'it arrived, or send it again').choices(['sent', 'resend']).makeOptionMandatory()),
  ).action(async (id: string, { part, as, ...options }: Resolution) =>
    perform(async (invocation) =>
      sendAndWait(invocation, { method: 'POST', path: apiPath('runs', id, 'resolve'), body: { part, as } }, options, 'Resolved'),
    ),
  )
}

/** The request that starts a run in the place of another one; its answer may be lost without a second run. */
export function startAgain(id: string, action: 'retry' | 'restart', body?: { readonly what: 'rejected' }): ApiRequest {
  const headers = { 'idempotency-key': randomUUID() }
  return { method: 'POST', path: apiPath('runs', id, action), headers, ...(body && { body }) }
}

async function end(invocation: Invocation, id: string, action: 'cancel' | 'refuse'): Promise<number> {
  const client = await invocation.connect()
  const { body } = await client.send({ method: 'POST', path: apiPath('runs', id, action), signal: invocation.world.interrupt })
  showRun(invocation, runDocument.parse(body))
  return exitCodes.succeeded
}
