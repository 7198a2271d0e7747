import { z } from 'zod'
import type { ApiClient } from '../src/api-client.ts'
import { runDocument, type RunDocument } from '../src/contract/runs.ts'

/** Starts a run and waits for its end as a client sees it; seconds. Throws where it does not succeed. */
export async function timedRun(client: ApiClient, orchestration: string): Promise<{ seconds: number; document: RunDocument }> {
  const started = performance.now()
  const { body } = await client.send({ method: 'POST', path: `/orchestrations/${orchestration}/runs`, body: {} })
  const { id } = z.object({ id: z.string() }).parse(body)
  for await (const { event, data } of client.events({ path: `/runs/${id}/events` })) {
    if (event !== 'end') continue
    const seconds = (performance.now() - started) / 1000
    const document = runDocument.parse(JSON.parse(data))
    if (document.state !== 'succeeded')
      throw new Error(`run of ${orchestration} ended as ${document.state}: ${JSON.stringify(document.error)}`)
    return { seconds, document }
  }
  throw new Error('the events ended before the run')
}
