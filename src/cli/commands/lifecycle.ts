import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { z } from 'zod'
import { apiPath } from '../../api-client.ts'
import { SegueError } from '../../contract/errors.ts'
import type { AddCommand, Invocation, Perform, World } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'

const kinds = { query: 'queries', export: 'exports' } as const
type LifecycleKind = keyof typeof kinds

const objectAnswer = z.object({ name: z.string(), version: z.number() })

/** `segue activate query|export NAME`: what runs use from now on. */
export const addActivate: AddCommand = (program, perform) => {
  const command = program.command('activate').description('publish the draft of a query or export')
  for (const kind of ['query', 'export'] as const) addAction(command, kind, perform, activate)
}

/** `segue discard query|export NAME`: drops an unpublished change. Asks first where somebody can answer. */
export const addDiscard: AddCommand = (program, perform) => {
  const command = program.command('discard').description('drop the draft of a query or export')
  for (const kind of ['query', 'export'] as const) addAction(command, kind, perform, discard)
}

interface LifecycleOptions {
  readonly yes?: boolean
  readonly anyway?: boolean
}

type Action = (invocation: Invocation, kind: LifecycleKind, name: string, options: LifecycleOptions) => Promise<number>

function addAction(command: Command, kind: LifecycleKind, perform: Perform, action: Action): void {
  const what = kind === 'query' ? 'query' : 'database export'
  const does = action === discard ? `drop the draft of a ${what}` : `check the draft of a ${what} and publish it`
  const sub = command.command(kind).description(does).argument('<name>')
  if (action === discard) sub.option('--yes', 'do not ask')
  else sub.option('--anyway', 'activate it without checking that it can run')
  sub.action(async (name: string, options: LifecycleOptions) => perform(async (invocation) => action(invocation, kind, name, options)))
}

async function activate(
  { connect, output, world }: Invocation,
  kind: LifecycleKind,
  name: string,
  { anyway = false }: LifecycleOptions,
): Promise<number> {
  const client = await connect()
  const answer = await client.send({
    method: 'POST',
    path: apiPath(kinds[kind], name, 'activate'),
    headers: { 'if-match': '*' },
    body: { saveAnyway: anyway },
    signal: world.interrupt,
  })
  output.result(answer.body, `Active: ${kind} ${objectAnswer.parse(answer.body).name}. Runs use it from now on.`)
  return exitCodes.succeeded
}

async function discard(
  { connect, output, world }: Invocation,
  kind: LifecycleKind,
  name: string,
  options: LifecycleOptions,
): Promise<number> {
  const client = await connect()
  // The draft that is dropped is the one that was there when the question was asked, not a newer one.
  const { etag } = await client.send({ method: 'GET', path: apiPath(kinds[kind], name), signal: world.interrupt })
  if (!options.yes && (output.json || !world.stdin.isTTY))
    throw new SegueError('USAGE', `A draft that is dropped is gone, and nobody can be asked here: say so with --yes.`)
  if (!options.yes) await confirm(`Drop the draft of ${kind} ${name}? [y/N] `, world)
  const answer = await client.send({
    method: 'POST',
    path: apiPath(kinds[kind], name, 'discard'),
    headers: { 'if-match': etag ?? '*' },
    signal: world.interrupt,
  })
  output.result(answer.body, `Dropped: the draft of ${kind} ${objectAnswer.parse(answer.body).name}.`)
  return exitCodes.succeeded
}

async function confirm(question: string, world: World): Promise<void> {
  const terminal = createInterface({ input: world.stdin, output: world.stderr })
  try {
    const answer = await terminal.question(question, { signal: world.interrupt })
    if (!/^y(es)?$/i.test(answer.trim())) throw new SegueError('USAGE', 'Nothing was dropped: the question was not answered with y.')
  } finally {
    terminal.close()
  }
}
