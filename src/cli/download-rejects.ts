/** All rejected rows of a dataset, as they come: to a file, or to standard output. */
import { resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { apiPath } from '../api-client.ts'
import type { Invocation } from './command.ts'
import { byteSize, visible } from './display-text.ts'
import { exitCodes } from './exit-codes.ts'
import { writeNewFile } from './new-file.ts'
import { meantDataset } from './rejects-report.ts'
import { getRun } from './watch-run.ts'

export interface DownloadOptions {
  readonly dataset?: string
  readonly format: 'ndjson' | 'csv'
  /** The file, as it was named; without it the rows go to standard output. */
  readonly output?: string
  readonly force?: boolean
}

const contentTypes = { ndjson: 'application/x-ndjson', csv: 'text/csv' } as const

/** Gives the exit code. */
export async function downloadRejects({ connect, output, world }: Invocation, id: string, options: DownloadOptions): Promise<number> {
  const client = await connect()
  const run = await getRun(client, id)
  const dataset = meantDataset(run, options.dataset)
  const start = (): Promise<AsyncIterable<Uint8Array>> =>
    client.download(
      { path: apiPath('runs', run.id, 'rejects', 'download'), query: { dataset, format: options.format }, signal: world.interrupt },
      contentTypes[options.format],
    )
  if (options.output === undefined) {
    await writeOut(await start(), world)
    return exitCodes.succeeded
  }
  const bytes = await writeNewFile(resolve(world.cwd, options.output), start, { force: options.force ?? false, signal: world.interrupt })
  const { output: file, format } = options
  output.result({ run: run.id, dataset: dataset ?? null, format, file, bytes }, `Wrote ${visible(file)}, ${byteSize(bytes)}.`)
  return exitCodes.succeeded
}

async function writeOut(bytes: AsyncIterable<Uint8Array>, { stdout, interrupt }: Invocation['world']): Promise<void> {
  try {
    await pipeline(stdout.isTTY ? shown(bytes) : bytes, stdout, { end: false, signal: interrupt })
  } catch (error) {
    interrupt.throwIfAborted()
    // A reader that has seen enough (`| head`) is no error of ours.
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EPIPE') throw error
  }
}

/** A terminal shows values and does not obey them. */
async function* shown(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const block of bytes) yield decoder.decode(block, { stream: true }).split('\n').map(visible).join('\n')
}
