/** The API that a command speaks to: a server's, or that of this process. */
import { z } from 'zod'
import type { ApiClient } from '../api-client.ts'
import type { World } from './command.ts'

export interface Connection {
  open(): Promise<ApiClient>
  close(): Promise<void>
}

/**
 * Opens at the first call of `open`. Where SEGUE_URL is set that is a client over HTTP; else the rooms are opened in this process, which
 * takes a moment, so that nothing of it is loaded before.
 */
export function connection(dataDir: string | undefined, world: World, onWarning: (text: string) => void): Connection {
  let opening: Promise<{ client: ApiClient; close(): Promise<void> }> | null = null

  async function connect(): Promise<{ client: ApiClient; close(): Promise<void> }> {
    const { parseEnvironment } = await import('../environment.ts')
    const { url } = parseEnvironment(world.env, onWarning)
    if (url === undefined) {
      const { openSegue } = await import('../app.ts')
      return openSegue({ dataDir, env: world.env, onWarning, log: (line) => logUnexpected(line, world) })
    }
    const { createApiClient } = await import('../api-client.ts')
    const { httpTransport } = await import('../api-transports.ts')
    return { client: createApiClient(httpTransport(url, fetch)), close: async () => {} }
  }

  return {
    async open() {
      opening ??= connect()
      return (await opening).client
    },
    async close() {
      const opened = await opening?.catch(() => null)
      await opened?.close()
    },
  }
}

const unexpected = z.object({ code: z.literal('INTERNAL') })

/** The log of the API in this process: only what is unexpected is worth a person's attention, and then all of it. */
function logUnexpected(line: string, { stderr, interrupt }: World): void {
  // Requests that an interrupt broke off look like failures from inside.
  if (interrupt.aborted) return
  if (unexpected.safeParse(JSON.parse(line)).success) stderr.write(line)
}
