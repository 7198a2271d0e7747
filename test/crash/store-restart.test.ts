/** The store dies in the middle of a run: the run goes on when it is back. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runDocument } from '../../src/contract/runs.ts'
import { eventually } from '../helpers/eventually.ts'
import { startMisbehavingServer } from '../helpers/misbehaving-server.ts'
import { allRows, crashPlace } from './place.ts'
import { tell } from './report.ts'

const kills = 5

test(`PostgreSQL killed ${kills} times while batches are delivered: every row arrives once`, async () => {
  await using server = await startMisbehavingServer({ honoursKeys: true, otherwise: { do: 'accept', delayMs: 60 } })
  await using place = await crashPlace({ embedded: true })
  await place.apply([
    {
      kind: 'destination',
      name: 'api',
      type: 'http',
      settings: { url: server.url, batchRows: 20, parallel: 2, idempotencyHeader: 'Idempotency-Key' },
    },
    { kind: 'orchestration', name: 'api', export: 'shop', destination: 'api', retry: { attempts: 20, within: '10m' } },
  ])
  await place.worker()
  const { id } = await place.start('api')
  for (let kill = 1; kill <= kills; kill += 1) {
    await eventually(() => server.requests.length >= kill * 15)
    const [postmaster] = (await readFile(join(place.dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(postmaster), 'SIGKILL')
    await eventually(async () => {
      const answer = await place.client.send({ method: 'GET', path: `/runs/${id}` }).catch(() => null)
      return answer !== null
    }, 60_000)
  }
  const run = runDocument.parse((await place.settled(id)) as unknown)
  expect(run).toMatchObject({ state: 'succeeded', counts: { queried: allRows, delivered: allRows, pending: 0, possibleDuplicate: 0 } })
  expect(server.effectCount).toBe(allRows)
  tell({ fault: 'store', destination: 'http-idempotent', times: kills, outcome: 'every row arrived once; the run succeeded' })
})
