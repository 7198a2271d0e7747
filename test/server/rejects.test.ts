import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApiClient, type ApiClient } from '../../src/api-client.ts'
import { httpTransport, inProcessTransport } from '../../src/api-transports.ts'
import { SegueError } from '../../src/contract/errors.ts'
import type { RejectedRow, RunDocument } from '../../src/contract/runs.ts'
import { listen } from '../../src/server/listen.ts'
import { eventually } from '../helpers/eventually.ts'
import { noRows } from '../helpers/run-document.ts'
import { testApi, withConfiguration, type TestApi } from './test-api.ts'

let api: TestApi
let run: RunDocument
beforeEach(async () => {
  api = await withConfiguration(await testApi())
  run = (await api.send('POST', '/orchestrations/nightly/runs')).body as unknown as RunDocument
})
afterEach(async () => api.server.close())

const rejected = (row: number, code = 'ROW_REJECTED'): RejectedRow => ({
  row,
  key: `["${row}"]`,
  code,
  column: 'email',
  reason: 'no address',
  part: 'part_1',
  attempt: 1,
  at: '2026-11-24T08:00:00.000Z',
  values: `{"id":9007199254740993,"email":"x, \\"y\\""}`,
  request: 'POST /rows',
  answer: '422',
})

describe('rejected rows', () => {
  it('are listed exactly, by code, over several pages', async () => {
    const rows = [rejected(3), rejected(7, 'CAST_FAILED'), rejected(9)]
    api.engine.runRejects.set(run.id, rows)
    expect((await api.send('GET', `/runs/${run.id}/rejects?limit=2`)).body).toEqual({
      data: rows.slice(0, 2),
      nextCursor: '7',
      hasMore: true,
    })
    expect((await api.send('GET', `/runs/${run.id}/rejects?limit=2&cursor=7`)).body).toEqual({
      data: rows.slice(2),
      nextCursor: null,
      hasMore: false,
    })
    expect((await api.send('GET', `/runs/${run.id}/rejects?code=CAST_FAILED`)).body['data']).toEqual([rows[1]])
  })

  it('of several datasets are those of the one that is named', async () => {
    api.engine.change(run.id, { datasets: ['customer', 'invoice'].map((name) => ({ name, counts: noRows, rejects: [] })) })
    api.engine.runRejects.set(`${run.id} invoice`, [rejected(1)])
    expect((await api.send('GET', `/runs/${run.id}/rejects`)).body).toMatchObject({ code: 'INVALID' })
    expect((await api.send('GET', `/runs/${run.id}/rejects?dataset=invoice`)).body['data']).toHaveLength(1)
    const downloaded = await api.send('GET', `/runs/${run.id}/rejects/download?dataset=invoice&format=csv`)
    expect(downloaded.text).toBe('row,code\n1,ROW_REJECTED\n')
  })

  it.each(['limit=0', 'limit=201', 'cursor=nonsense', 'dataset=%00', 'code=%00', 'format=csv'])('are refused with %s', async (query) => {
    expect((await api.send('GET', `/runs/${run.id}/rejects?${query}`)).status).toBe(422)
  })
})

describe('the download of rejected rows', () => {
  it.each([
    ['', 'application/x-ndjson', 'ndjson', 2],
    ['?format=ndjson', 'application/x-ndjson', 'ndjson', 2],
    ['?format=csv', 'text/csv; charset=utf-8', 'csv', 3],
  ])('%j is an attachment of type %s that nobody keeps', async (query, type, extension, lines) => {
    api.engine.runRejects.set(run.id, [rejected(3), rejected(7)])
    const { status, headers, text } = await api.send('GET', `/runs/${run.id}/rejects/download${query}`)
    expect({ status, type: headers['content-type'], cache: headers['cache-control'], name: headers['content-disposition'] }).toEqual({
      status: 200,
      type,
      cache: 'no-store',
      name: `attachment; filename="${run.id}-rejects.${extension}"`,
    })
    expect(text.trimEnd().split('\n')).toHaveLength(lines)
  })

  it('of a run without any is empty', async () => {
    expect(await api.send('GET', `/runs/${run.id}/rejects/download`)).toMatchObject({ status: 200, text: '' })
  })

  it.each(['format=xlsx', 'limit=3', 'dataset=%00'])('is refused with %s', async (query) => {
    expect((await api.send('GET', `/runs/${run.id}/rejects/download?${query}`)).status).toBe(422)
  })
})

/** A download that fails at its first byte. */
const failing: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new SegueError('SPOOL_EXPIRED', 'They are gone.')) }),
}

/** A download that gives so many blocks and then does what it is told. */
function downloadOf(blocks: number, then: () => Promise<void>): { readonly given: () => number; readonly stopped: () => boolean } {
  let given = 0
  let stopped = false
  api.engine.downloadRejected = async () =>
    (async function* () {
      try {
        for (; given < blocks; given++) yield Buffer.from(`${'x'.repeat(9999)}\n`)
        await then()
      } finally {
        stopped = true
      }
    })()
  return { given: () => given, stopped: () => stopped }
}

describe.each(['in this process', 'over HTTP'])('a client %s', (where) => {
  let client: ApiClient
  beforeEach(async () => {
    const transport = where === 'over HTTP' ? httpTransport(await listen(api.server, '127.0.0.1:0'), fetch) : inProcessTransport(api.server)
    client = createApiClient(transport)
  })
  const download = (type = 'application/x-ndjson') => client.download({ path: `/runs/${run.id}/rejects/download` }, type)
  const bytesOf = async (bytes: AsyncIterable<Uint8Array>): Promise<number> => {
    let sum = 0
    for await (const block of bytes) sum += block.length
    return sum
  }

  it('gets every byte of a download that is larger than all buffers', async () => {
    downloadOf(1000, async () => {})
    expect(await bytesOf(await download())).toBe(10_000_000)
  })

  it.each([
    ['is asked for', () => Promise.reject(new SegueError('SPOOL_EXPIRED', 'They are gone.'))],
    ['is begun', async () => failing],
  ])('gets the problem of a download that fails when it %s', async (_when, fails) => {
    api.engine.downloadRejected = fails
    await expect(download()).rejects.toMatchObject({ code: 'SPOOL_EXPIRED', detail: 'They are gone.' })
    const { headers } = await api.send('GET', `/runs/${run.id}/rejects/download`)
    expect(headers).not.toHaveProperty('content-disposition')
  })

  it('is told where a download breaks off, rather than given half of it as whole', async () => {
    downloadOf(3, () => Promise.reject(new Error('the disk is gone')))
    await expect(download().then(bytesOf)).rejects.toThrow()
  })

  it('that stops reading ends the download, which is never far ahead of it', async () => {
    const { given, stopped } = downloadOf(100_000, async () => {})
    for await (const block of await download()) {
      expect(block.length).toBeGreaterThan(0)
      break
    }
    await eventually(stopped)
    expect(given()).toBeLessThan(5000)
  })

  it('that stops waiting for the first byte ends the download', async () => {
    const { promise: begun, resolve } = Promise.withResolvers<void>()
    const { promise: late, resolve: goOn } = Promise.withResolvers<void>()
    const { stopped } = downloadOf(0, async () => {
      resolve()
      await late
    })
    const gone = new AbortController()
    const asked = client.download({ path: `/runs/${run.id}/rejects/download`, signal: gone.signal }, 'application/x-ndjson')
    await begun
    gone.abort(new Error('no longer wanted'))
    await expect(asked).rejects.toThrow()
    goOn()
    await eventually(stopped)
  })

  it('takes nothing for the file that is of another type', async () => {
    api.engine.runRejects.set(run.id, [rejected(1)])
    await expect(download('text/csv')).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  })

  it('that leaves a stream of events ends the watch', async () => {
    api.engine.tell(run.id, { kind: 'event', number: 1, at: '2026-11-24T08:00:00.000Z', event: 'blocked', detail: {} })
    for await (const { event } of client.events({ path: `/runs/${run.id}/events` })) {
      expect(event).toBe('event')
      break
    }
    await eventually(() => api.engine.watchers() === 0)
  })
})
