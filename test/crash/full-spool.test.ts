/** The disk of the spool is full: the run waits for a person, who makes room, and then it goes on. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { duckdbFile } from '../helpers/databases.ts'
import { startMisbehavingServer } from '../helpers/misbehaving-server.ts'
import { canMount, mountSmallDisk } from '../helpers/small-disk.ts'
import { crashPlace } from './place.ts'
import { tell } from './report.ts'

const rows = 60_000

describe.skipIf(!canMount)('a spool on a full disk (skipped where only root may mount one)', () => {
  test('blocks the run with DISK_FULL before anything is sent, and it succeeds when there is room', async () => {
    using disk = mountSmallDisk()
    await using server = await startMisbehavingServer()
    await using place = await crashPlace({ env: { SEGUE_SPOOL: disk.folder } })
    // Text that no compression makes small.
    await duckdbFile(join(place.folder, 'large.duckdb'), [
      `CREATE TABLE large AS SELECT i AS id, md5(i::VARCHAR) || md5((i * 7)::VARCHAR) || md5((i * 13)::VARCHAR) AS text FROM range(${rows}) AS r(i)`,
    ])
    await place.apply([
      { kind: 'database', name: 'large', type: 'duckdb', settings: { path: join(place.folder, 'large.duckdb') } },
      { kind: 'query', name: 'large', database: 'large', status: 'active', sql: 'SELECT * FROM large' },
      { kind: 'destination', name: 'api', type: 'http', settings: { url: server.url, batchRows: 1_000 } },
      { kind: 'orchestration', name: 'api', query: 'large', destination: 'api' },
    ])
    await place.worker()
    const { id } = await place.start('api')
    expect(await place.settled(id)).toMatchObject({ state: 'blocked', reason: 'DISK_FULL', counts: { delivered: 0 } })
    expect(server.requests.length).toBe(0)
    execFileSync('mount', ['-o', 'remount,size=200m', disk.folder])
    await place.client.send({ method: 'POST', path: `/runs/${id}/resume` })
    expect(await place.settled(id)).toMatchObject({ state: 'succeeded', counts: { queried: rows, delivered: rows } })
    expect(server.effectCount).toBe(rows)
    tell({ fault: 'disk', destination: 'http-plain', times: 1, outcome: 'blocked with DISK_FULL, nothing sent; succeeded after resume' })
  })
})
