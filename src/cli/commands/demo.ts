import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { apiPath } from '../../api-client.ts'
import type { ApiClient } from '../../api-client.ts'
import { runDocument } from '../../contract/runs.ts'
import type { RunDocument } from '../../contract/runs.ts'
import type { AddCommand, Invocation } from '../command.ts'
import { byteSize, count, counted, duration, shortened, visible } from '../display-text.ts'
import { exitCodeOfRun, exitCodes } from '../exit-codes.ts'
import { nextCommands } from '../next-commands.ts'
import { table } from '../table.ts'
import { watchRun } from '../watch-run.ts'

/** `segue demo`: a shop, a query, an export, a destination, a template, two orchestrations; run, shown, and what to try next. */
export const addDemo: AddCommand = (program, perform) => {
  program
    .command('demo')
    .description('make a small customer database, send from it, and show what was written')
    .action(async () => perform(demo))
}

async function demo(invocation: Invocation): Promise<number> {
  const { connect, dataDir, output, world } = invocation
  const begun = performance.now()
  const client = await connect()
  const { prepareDemo } = await import('../../prepare-demo.ts')
  output.note('Making a shop with customers and orders...')
  const prepared = await prepareDemo({ dataDir, env: world.env })
  const { shop, outbox, documents, orchestrations } = prepared
  output.note(`  ${shop.tables.map(({ name, rows }) => `${counted(rows, 'row')} in ${name}`).join(', ')}: ${shop.folder}`)

  await client.send({ method: 'POST', path: apiPath('configuration', 'apply'), body: { documents, prune: false }, signal: world.interrupt })
  output.note(`Applied ${counted(documents.length, 'object')}: ${documents.map(({ kind, name }) => `${kind} ${name}`).join(', ')}.`)

  const runs: RunDocument[] = []
  for (const name of orchestrations) runs.push(await runOne(client, name, invocation))

  const tookMs = Math.round(performance.now() - begun)
  const next = nextCommands(prepared, { dataDir, env: world.env })
  output.result(
    { dataDir: prepared.dataDir, database: { path: shop.folder, tables: shop.tables }, outbox, runs, tookMs, next },
    [
      filesText(runs, outbox),
      await firstLines(runs, outbox),
      `All of it took ${duration(tookMs)}. Try next:`,
      ...next.map((command) => `  ${command}`),
    ].join('\n'),
  )
  return runs.map((run) => exitCodeOfRun(run.state)).find((code) => code !== exitCodes.succeeded) ?? exitCodes.succeeded
}

async function runOne(client: ApiClient, name: string, { output, world }: Invocation): Promise<RunDocument> {
  const { body } = await client.send({ method: 'POST', path: apiPath('orchestrations', name, 'runs'), body: {}, signal: world.interrupt })
  const run = await watchRun(client, runDocument.parse(body).id, { output, follow: false, signal: world.interrupt })
  output.note(`Ran ${name}: ${run.state.replaceAll('_', ' ')}, ${counted(run.counts.delivered, 'row')} delivered.`)
  return run
}

function filesText(runs: readonly RunDocument[], outbox: string): string {
  const files = runs.flatMap((run) => run.files)
  const rows = files.map((file) => [file.name, count(file.rows), byteSize(file.bytes), file.sha256])
  const columns = [
    { title: 'FILE' },
    { title: 'ROWS', align: 'right' },
    { title: 'SIZE', align: 'right' },
    { title: 'SHA-256', whole: true },
  ] as const
  return `\nWritten to ${outbox}:\n${table(columns, rows)}\n`
}

/** The first lines of the first file: it is on this machine, as the demo's destination is a folder. */
async function firstLines(runs: readonly RunDocument[], outbox: string): Promise<string> {
  const file = runs[0]?.files[0]
  if (!file) return ''
  const handle = await open(join(outbox, file.name))
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2000), 0, 2000, 0)
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n').slice(0, 4)
    return `First lines of ${file.name}:\n${lines.map((line) => `  ${shortened(visible(line), 130)}`).join('\n')}\n`
  } finally {
    await handle.close()
  }
}
