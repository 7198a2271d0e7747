import { once } from 'node:events'
import type { AddCommand, Invocation } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'

/** `segue serve`: the API, until it is told to stop. */
export const addServe: AddCommand = (program, perform) => {
  program
    .command('serve')
    .description('start the server (SEGUE_LISTEN, 127.0.0.1:4400)')
    .action(async () => perform(serve))
}

async function serve({ world, output, dataDir }: Invocation): Promise<number> {
  const { openSegue } = await import('../../app.ts')
  const segue = await openSegue({
    dataDir,
    env: world.env,
    onWarning: (text) => output.note(`Warning: ${text}`),
    log: (line) => world.stderr.write(line),
    spareReader: true,
    scope: 'all',
  })
  try {
    const url = await segue.listen()
    output.result({ url, dataDir: segue.dataDir }, `Segue listens on ${url}, data in ${segue.dataDir}. Ctrl-C stops it.`)
    if (!world.interrupt.aborted) await once(world.interrupt, 'abort')
    output.note('Stopping: runs of this process are cancelled, and what they wrote is removed.')
    return exitCodes.succeeded
  } finally {
    await segue.close()
  }
}
