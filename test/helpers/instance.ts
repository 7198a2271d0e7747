/** An instance for tests: the API in this process, a store of its own, folders of its own. */
import { chmod, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { ApiClient } from '../../src/api-client.ts'
import { openSegue } from '../../src/app.ts'
import { runDocument, type RunDocument } from '../../src/contract/runs.ts'
import { usualTimings, type Timings } from '../../src/engine/timings.ts'
import { testDatabase } from './store.ts'

export interface TestInstance {
  readonly client: ApiClient
  /** Everything of this instance; removed after the test file. */
  readonly folder: string
  /** A folder for a local destination. */
  readonly outbox: string
  readonly databaseUrl: string
  apply(documents: readonly object[]): Promise<void>
  /** Starts a run; its document as the start answers it. */
  start(orchestration: string): Promise<RunDocument>
  /** Waits until a run has ended, or waits for a person. */
  ended(id: string): Promise<RunDocument>
  /** Starts a run and waits until it has ended. */
  run(orchestration: string): Promise<RunDocument>
  /** Names in the outbox, hidden ones too, sorted. */
  delivered(): Promise<string[]>
}

/** Opens an instance; closed after the test file. */
export async function testInstance(env: Readonly<Record<string, string>> = {}, timings: Partial<Timings> = {}): Promise<TestInstance> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'segue-instance-')))
  await chmod(folder, 0o711)
  const outbox = join(folder, 'outbox')
  await mkdir(outbox)
  const databaseUrl = await testDatabase()
  const warnings: string[] = []
  const segue = await openSegue({
    dataDir: join(folder, 'data'),
    env: { SEGUE_DATABASE_URL: databaseUrl, ...env },
    onWarning: (text) => warnings.push(text),
    timings: { ...usualTimings, ...timings },
  })
  afterAll(async () => {
    await segue.close()
    await rm(folder, { recursive: true, force: true })
  })
  const { client } = segue
  const ended = async (id: string): Promise<RunDocument> => {
    for await (const { event, data } of client.events({ path: `/runs/${id}/events` })) {
      if (event === 'end') return runDocument.parse(JSON.parse(data))
      if (!['blocked', 'held', 'needs_review'].includes(JSON.parse(data).event)) continue
      const run = runDocument.parse((await client.send({ method: 'GET', path: `/runs/${id}` })).body)
      if (['blocked', 'held', 'needs_review'].includes(run.state)) return run
    }
    throw new Error(`the events of run ${id} ended before the run`)
  }
  const start = async (orchestration: string): Promise<RunDocument> =>
    runDocument.parse(
      (await client.send({ method: 'POST', path: `/orchestrations/${encodeURIComponent(orchestration)}/runs`, body: {} })).body,
    )
  return {
    client,
    folder,
    outbox,
    databaseUrl,
    async apply(documents) {
      await client.send({ method: 'POST', path: '/configuration/apply', body: { documents } })
    },
    start,
    ended,
    run: async (orchestration) => ended((await start(orchestration)).id),
    delivered: async () => (await readdir(outbox, { recursive: true })).toSorted(),
  }
}
