import { InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { apiPath } from '../../api-client.ts'
import type { ApiRequest } from '../../api-client.ts'
import { SegueError } from '../../contract/errors.ts'
import type { AddCommand, Invocation } from '../command.ts'
import { counted, duration } from '../display-text.ts'
import { exitCodes } from '../exit-codes.ts'
import { table } from '../table.ts'

const previewAnswer = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.string().nullable())),
  tookMs: z.number(),
})

interface QueryOptions {
  readonly sql?: string
  readonly database?: string
  readonly param: Readonly<Record<string, string>>
  readonly limit: number
  readonly draft?: boolean
}

/** `segue query NAME` or `--sql TEXT --database NAME`: the first rows. */
export const addQuery: AddCommand = (program, perform) => {
  program
    .command('query')
    .description('show the first rows of a query, or of SQL')
    .argument('[name]', 'a saved query')
    .option('--sql <text>', 'SQL instead of a saved query')
    .option('--database <name>', 'the database that --sql reads')
    .option('--param <name=value>', 'a value for a parameter; may be repeated', parameter, {})
    .option('--limit <rows>', 'how many rows', rowLimit, 100)
    .option('--draft', 'the unpublished change of the query instead of what runs use')
    .action(async (name: string | undefined, options: QueryOptions) => perform(async (invocation) => query(invocation, name, options)))
}

function rowLimit(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > 1000) throw new InvalidArgumentError('It must be a whole number from 1 to 1000.')
  return Number(text)
}

function parameter(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const equals = text.indexOf('=')
  const name = text.slice(0, Math.max(equals, 0))
  if (name === '') throw new InvalidArgumentError('It must be NAME=VALUE.')
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`The parameter ${name} is given twice.`)
  return { ...before, [name]: text.slice(equals + 1) }
}

async function query({ connect, output, world }: Invocation, name: string | undefined, options: QueryOptions): Promise<number> {
  const request = previewRequest(name, options)
  const client = await connect()
  const { body } = await client.send({ ...request, signal: world.interrupt })
  const { columns, rows, tookMs } = previewAnswer.parse(body)
  const cells = rows.map((row) => row.map((value) => value ?? 'NULL'))
  output.result(
    body,
    `${table(
      columns.map((column) => ({ title: column.name })),
      cells,
    )}\n\n${counted(rows.length, 'row')} shown, ${duration(tookMs)}.`,
  )
  return exitCodes.succeeded
}

function previewRequest(name: string | undefined, { sql, database, param, limit, draft }: QueryOptions): ApiRequest {
  if (sql === undefined) {
    if (name === undefined) throw new SegueError('USAGE', 'Give the name of a query, or --sql and --database.')
    if (database !== undefined) throw new SegueError('USAGE', '--database belongs to --sql: a saved query knows its database.')
    return { method: 'POST', path: apiPath('queries', name, 'preview'), body: { values: param, limit, draft: draft ?? false } }
  }
  if (name !== undefined) throw new SegueError('USAGE', 'Give the name of a query or --sql, not both.')
  if (draft) throw new SegueError('USAGE', '--draft belongs to a saved query, not to --sql.')
  if (database === undefined) throw new SegueError('USAGE', '--sql needs --database: the name of the database that it reads.')
  // SQL of the moment declares nothing: its parameters are texts, which it casts where it needs another type.
  const parameters = Object.fromEntries(Object.keys(param).map((each) => [each, { type: 'text' }]))
  return { method: 'POST', path: apiPath('queries', 'preview'), body: { database, sql, parameters, values: param, limit } }
}
