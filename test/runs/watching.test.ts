/** What a client hears of a run while it works, through the store and the API. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runProgress } from '../../src/contract/runs.ts'
import { testInstance, type TestInstance } from '../helpers/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await testInstance()
  await writeFile(join(instance.folder, 'n.csv'), 'n\n1\n')
  const sql = 'SELECT count(*) AS n FROM range(1000000000000) AS a(i) WHERE hash(i) % 7 = 3'
  await instance.apply([
    { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: instance.folder } },
    { kind: 'destination', name: 'out', type: 'local', settings: { folder: instance.outbox } },
    { kind: 'query', name: 'silent', database: 'shop', status: 'active', sql },
    { kind: 'orchestration', name: 'silent', query: 'silent', destination: 'out', settings: { fileName: 'silent.csv' } },
  ])
})

test('progress comes at least every second, also where a query writes nothing for long', async () => {
  const { id } = await instance.start('silent')
  const times: number[] = []
  for await (const { event, data } of instance.client.events({ path: `/runs/${id}/events` })) {
    if (event !== 'progress') continue
    runProgress.parse(JSON.parse(data))
    times.push(performance.now())
    if (times.length === 5) break
  }
  await instance.client.send({ method: 'POST', path: `/runs/${id}/cancel` })
  await instance.ended(id)
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  // A busy machine is late; what is promised is looked at in the middle.
  expect(pauses.toSorted((a, b) => a - b)[2]).toBeLessThanOrEqual(1000)
})

test.each([
  ['/runs/%00', 'INVALID'],
  ['/runs?orchestration=%00', 'INVALID'],
  ['/runs?cursor=%00', 'INVALID'],
  ['/runs?cursor=nonsense', 'INVALID'],
  ['/runs?orchestration=nobody', 'NOT_FOUND'],
  ['/queries/%00', 'INVALID'],
])('%s is told as the mistake that it is, not as a store that is away', async (path, code) => {
  const [place = '', query = ''] = path.split('?')
  const request = instance.client.send({
    method: 'GET',
    path: place,
    query: Object.fromEntries(new URLSearchParams(query)),
  })
  await expect(request).rejects.toMatchObject({ code })
})
