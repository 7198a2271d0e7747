/** A network that cuts, stalls and delays, between the worker and the destination. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { startChaosProxy } from '../helpers/chaos-proxy.ts'
import { eventually } from '../helpers/eventually.ts'
import { startMisbehavingServer } from '../helpers/misbehaving-server.ts'
import { hasSshd, startSshd } from '../helpers/sshd.ts'
import { createVirtualTime } from '../helpers/virtual-time.ts'
import { allRows, crashPlace } from './place.ts'
import { tell } from './report.ts'

const seed = Number(process.env['SEGUE_CRASH_SEED'] ?? 20_261_125)
const retry = { attempts: 50, within: '10m' }

test.each([true, false])('HTTP over a network that cuts, stalls and delays (idempotent: %s)', async (idempotent) => {
  const { random } = createVirtualTime(seed)
  await using server = await startMisbehavingServer({ honoursKeys: idempotent, otherwise: { do: 'accept', delayMs: 20 } })
  await using proxy = await startChaosProxy({ host: '127.0.0.1', port: server.port })
  await using place = await crashPlace()
  const settings = {
    url: `http://127.0.0.1:${proxy.port}/rows`,
    batchRows: 20,
    parallel: 3,
    ...(idempotent && { idempotencyHeader: 'Idempotency-Key' }),
  }
  await place.apply([
    { kind: 'destination', name: 'api', type: 'http', settings },
    { kind: 'orchestration', name: 'api', export: 'shop', destination: 'api', retry },
  ])
  await place.worker()
  const { id } = await place.start('api')
  let faults = 0
  for (; (await place.get(id)).endedAt === null && faults < 60; faults += 1) {
    const kind = random()
    const before = server.requests.length
    await eventually(async () => server.requests.length > before + 2 || (await place.get(id)).endedAt !== null, 60_000)
    if (kind < 0.4) proxy.cutAll()
    else if (kind < 0.6) await proxy.set({ cutToClient: Math.floor(random() * 150) })
    else if (kind < 0.8) {
      await proxy.set({ blackHole: true })
      const until = performance.now() + 300
      await eventually(() => performance.now() > until)
    } else await proxy.set({ latencyMs: 100 })
    const until = performance.now() + random() * 200
    await eventually(() => performance.now() > until)
    await proxy.calm()
  }
  const run = await place.settled(id)
  expect(run).toMatchObject({ state: 'succeeded', counts: { queried: allRows, delivered: allRows, pending: 0, unknown: 0 } })
  const ids = server.effects.map((row) => (row as { id: string }).id)
  expect(new Set(ids).size).toBe(allRows)
  const doubled = new Set(ids.filter((one, index) => ids.indexOf(one) !== index)).size
  if (idempotent) expect([doubled, run.counts.possibleDuplicate]).toEqual([0, 0])
  else expect(doubled).toBeLessThanOrEqual(run.counts.possibleDuplicate)
  tell({
    fault: 'network',
    destination: idempotent ? 'http-idempotent' : 'http-plain',
    times: faults,
    outcome: `every row arrived; ${doubled} rows are there twice, ${run.counts.possibleDuplicate} marked; seed ${seed}`,
  })
})

describe.skipIf(!hasSshd)('SFTP (skipped where sshd is not installed: openssh-server)', () => {
  test('over a network that cuts and stalls: the files are whole or not there', async () => {
    const { random } = createVirtualTime(seed)
    await using sshd = await startSshd()
    await using proxy = await startChaosProxy({ host: sshd.host, port: sshd.port })
    await using place = await crashPlace()
    await place.apply([
      { kind: 'credential', name: 'partner', type: 'sftp', secrets: { user: sshd.user, privateKey: sshd.privateKey } },
      {
        kind: 'destination',
        name: 'partner',
        type: 'sftp',
        credential: 'partner',
        settings: { host: '127.0.0.1', port: proxy.port, folder: sshd.folder, hostKey: sshd.hostKeys.ed25519 },
      },
      { kind: 'orchestration', name: 'partner', export: 'shop', destination: 'partner', settings: { fileName: '{{ table }}.csv' }, retry },
    ])
    await place.worker()
    // A rate at which the upload takes long enough to be cut.
    await proxy.set({ bytesPerSecond: 60_000 })
    const { id } = await place.start('partner')
    let faults = 0
    for (; faults < 8 && (await place.get(id)).endedAt === null; faults += 1) {
      const before = proxy.passed().toServer
      const bytes = random() * 30_000
      await eventually(async () => proxy.passed().toServer > before + bytes || (await place.get(id)).endedAt !== null, 60_000)
      proxy.cutAll()
    }
    await proxy.calm()
    const run = await place.settled(id)
    expect(run).toMatchObject({ state: 'succeeded', counts: { queried: allRows, delivered: allRows, unknown: 0 } })
    expect((await readdir(sshd.folder)).toSorted()).toEqual(['customer.csv', 'invoice.csv'])
    for (const { name, sha256 } of run.files)
      expect(
        createHash('sha256')
          .update(await readFile(join(sshd.folder, name)))
          .digest('hex'),
      ).toBe(sha256)
    tell({ fault: 'network', destination: 'sftp', times: faults, outcome: `the files are whole, no temporary one is left; seed ${seed}` })
  })
})
