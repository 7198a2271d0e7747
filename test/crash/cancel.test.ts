/** A run is cancelled in each phase: it ends soon, and leaves nothing half-done. */
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunDocument } from '../../src/contract/runs.ts'
import { startChaosProxy, type ChaosProxy } from '../helpers/chaos-proxy.ts'
import { eventually } from '../helpers/eventually.ts'
import { startMisbehavingServer, type MisbehavingServer } from '../helpers/misbehaving-server.ts'
import { hasSshd, startSshd, type Sshd } from '../helpers/sshd.ts'
import { crashPlace, type CrashPlace } from './place.ts'
import { tell } from './report.ts'

const limitMs = 3_000

describe.skipIf(!hasSshd)('cancel (skipped where sshd is not installed: openssh-server)', () => {
  let place: CrashPlace
  let server: MisbehavingServer
  let sshd: Sshd
  let proxy: ChaosProxy

  beforeAll(async () => {
    place = await crashPlace()
    server = await startMisbehavingServer({ otherwise: { do: 'accept', delayMs: 700 } })
    sshd = await startSshd()
    proxy = await startChaosProxy({ host: sshd.host, port: sshd.port })
    const http = (name: string, settings: object): object => ({
      kind: 'destination',
      name,
      type: 'http',
      settings: { batchRows: 50, parallel: 2, ...settings },
    })
    await place.apply([
      {
        kind: 'query',
        name: 'long',
        database: 'shop',
        status: 'active',
        sql: 'SELECT a.id, b.text FROM customer a, customer b, customer c, range(100) AS r(i)',
      },
      { kind: 'credential', name: 'partner', type: 'sftp', secrets: { user: sshd.user, privateKey: sshd.privateKey } },
      {
        kind: 'destination',
        name: 'partner',
        type: 'sftp',
        credential: 'partner',
        settings: { host: '127.0.0.1', port: proxy.port, folder: sshd.folder, hostKey: sshd.hostKeys.ed25519 },
      },
      { kind: 'destination', name: 'outbox', type: 'local', settings: { folder: place.folder } },
      http('slow', { url: server.url }),
      http('nobody', { url: 'http://127.0.0.1:9/rows' }),
      { kind: 'orchestration', name: 'extracting-file', query: 'long', destination: 'outbox', settings: { fileName: 'long.csv' } },
      { kind: 'orchestration', name: 'extracting-rows', query: 'long', destination: 'slow' },
      { kind: 'orchestration', name: 'delivering-rows', export: 'shop', destination: 'slow' },
      { kind: 'orchestration', name: 'delivering-file', export: 'shop', destination: 'partner', settings: { fileName: '{{ table }}.csv' } },
      { kind: 'orchestration', name: 'waiting', export: 'shop', destination: 'nobody', retry: { attempts: 50, within: '1h' } },
    ])
    await place.worker()
  })
  afterAll(async () => {
    await place[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
    await sshd[Symbol.asyncDispose]()
  })

  const phases: readonly (readonly [name: string, when: string, isThere: (run: RunDocument) => boolean | Promise<boolean>])[] = [
    [
      'extracting-file',
      'a long query is rendered into a file',
      async () => (await readdir(place.folder)).some((name) => name.endsWith('.part')),
    ],
    ['extracting-rows', 'a long query is frozen', ({ phase }) => phase === 'extracting'],
    ['delivering-rows', 'slow requests are on their way', ({ counts }) => counts.delivered > 0],
    ['delivering-file', 'a slow upload is on its way', async () => (await readdir(sshd.folder)).some((name) => name.endsWith('.part'))],
    ['waiting', 'nobody answers', ({ state, phase }) => state === 'retry_wait' || phase === 'delivering'],
  ]

  // Of other systems: peer defect 28.
  test.each(phases)('%s: while %s', async (name, _, isThere) => {
    if (name === 'delivering-file') await proxy.set({ bytesPerSecond: 20_000 })
    const { id } = await place.start(name)
    await eventually(async () => isThere(await place.get(id)))
    const askedMs = performance.now()
    await place.client.send({ method: 'POST', path: `/runs/${id}/cancel` })
    await eventually(async () => (await place.get(id)).endedAt !== null)
    const tookMs = performance.now() - askedMs
    await proxy.calm()
    const run = await place.get(id)
    expect(run).toMatchObject({ state: 'cancelled', reason: 'RUN_CANCELLED', counts: { pending: 0 } })
    const { queried, delivered, rejected, skipped, unknown } = run.counts
    if (queried !== null) expect(delivered + rejected + skipped + unknown).toBe(queried)
    const left = [...(await readdir(place.folder)), ...(await readdir(sshd.folder))].filter(
      (file) => file.endsWith('.part') || file.endsWith('.csv'),
    )
    expect(left).toEqual([])
    expect(tookMs).toBeLessThan(limitMs)
    tell({
      fault: 'cancel',
      destination: name,
      times: 1,
      outcome: 'cancelled, counts add up, nothing left behind',
      worst: { what: 'ended after', ms: tookMs },
    })
  })
})
