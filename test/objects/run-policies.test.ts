/** What a run is told beside what it sends: limits, unknown parts, delivery, retry, priority. */
import { sql } from 'kysely'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clearObjects, errorOf, fieldsOf, owner, testObjects, type ObjectsInStore } from '../helpers/objects.ts'
import { allDocuments, altered, documents } from './configuration.ts'

let room: ObjectsInStore
beforeAll(async () => {
  room = await testObjects()
})
beforeEach(async () => {
  await clearObjects(room)
  await room.objects.apply(owner, allDocuments, { commit: true, prune: false })
})

const apply = (...given: readonly unknown[]) => room.objects.apply(owner, given, { commit: true, prune: false })
const refused = async (kind: 'destination' | 'orchestration', fields: object) =>
  fieldsOf(await errorOf(apply(altered(kind, { ...fields }))))
const printed = async (kind: string) => (await room.objects.export()).find((document) => document.kind === kind)

describe('a destination', () => {
  test('takes a limit of runs where it takes files, and no limit of requests', async () => {
    await apply(altered('destination', { limits: { runs: 1 } }))
    expect(await refused('destination', { limits: { runs: 1, requestsPerSecond: 5, parallel: 2 } })).toEqual([
      'INVALID /0/limits/requestsPerSecond',
      'INVALID /0/limits/parallel',
    ])
    const error = await errorOf(apply(altered('destination', { limits: { parallel: 2 } })))
    expect(error.detail).toContain('The destination type "sftp" sends files, for which there is no limit "parallel"')
  })

  test.each([
    [{ limits: { runs: 0 } }, 'INVALID /0/limits/runs'],
    [{ limits: { runs: 1.5 } }, 'INVALID /0/limits/runs'],
    [{ limits: { runs: '2' } }, 'INVALID /0/limits/runs'],
    [{ limits: { run: 2 } }, 'UNKNOWN_FIELD /0/limits/run'],
    [{ limits: { requestsPerSecond: 0 } }, 'INVALID /0/limits/requestsPerSecond'],
    [{ limits: 2 }, 'INVALID /0/limits'],
    [{ onUnknown: 'ask' }, 'INVALID /0/onUnknown'],
  ])('refuses %j', async (fields, fault) => {
    expect(await refused('destination', fields)).toEqual([fault])
  })

  test('is changed in one of them alone, and null gives the default back', async () => {
    const change = (version: number, fields: object) => room.objects.change('destination', owner, 'partner-drop', version, fields)
    expect((await change(1, { limits: { runs: 4 } })).spec).toMatchObject({ limits: { runs: 4 }, onUnknown: 'resend' })
    expect((await change(2, { onUnknown: 'hold' })).spec).toMatchObject({ limits: { runs: 4 }, onUnknown: 'hold' })
    expect((await change(3, { limits: null, onUnknown: null })).spec).toMatchObject({ limits: {}, onUnknown: 'resend' })
  })
})

describe('an orchestration', () => {
  test.each([
    [{ retry: { attempts: 0 } }, 'INVALID /0/retry/attempts'],
    [{ retry: { attempts: 101 } }, 'INVALID /0/retry/attempts'],
    [{ retry: { within: '6 hours' } }, 'INVALID /0/retry/within'],
    [{ retry: { within: 30 } }, 'INVALID /0/retry/within'],
    [{ retry: { whithin: '6h' } }, 'UNKNOWN_FIELD /0/retry/whithin'],
    [{ priority: 101 }, 'INVALID /0/priority'],
    [{ priority: -101 }, 'INVALID /0/priority'],
    [{ priority: 0.5 }, 'INVALID /0/priority'],
    [{ priority: 'high' }, 'INVALID /0/priority'],
  ])('refuses %j', async (fields, fault) => {
    expect(await refused('orchestration', fields)).toEqual([fault])
  })

  test('says how a length of time is written', async () => {
    const error = await errorOf(apply(altered('orchestration', { retry: { within: '6 hours' } })))
    expect(error.detail).toContain('Must be a number and s, m, h or d, such as 30s, 10m, 6h or 2d.')
  })

  test('fills in what is left out of its retry policy', async () => {
    await apply(altered('orchestration', { retry: { attempts: 2 } }))
    expect((await room.objects.get('orchestration', 'brazil-to-partner')).spec.retry).toEqual({ attempts: 2, within: '6h' })
    expect(await printed('orchestration')).toMatchObject({ retry: { attempts: 2 } })
  })
})

test('what is as it is without being said is not printed', async () => {
  await apply(
    altered('destination', { limits: {}, onUnknown: 'resend' }),
    altered('orchestration', { delivery: { mode: 'full' }, retry: { attempts: 5, within: '6h' }, priority: 0 }),
  )
  expect(await printed('destination')).toEqual(documents.destination)
  expect(await printed('orchestration')).toEqual(documents.orchestration)
})

test('a plan shows each field that would change', async () => {
  const changed = [
    altered('destination', { limits: { runs: 2 }, onUnknown: 'hold' }),
    altered('orchestration', { delivery: { mode: 'append' }, retry: { within: '1h' }, priority: -5 }),
  ]
  const changes = await room.objects.apply(owner, changed, { commit: false, prune: false })
  expect(changes.map(({ name, fields }) => [name, fields])).toEqual([
    [
      'partner-drop',
      [
        { path: 'limits.runs', after: 2 },
        { path: 'onUnknown', after: 'hold' },
      ],
    ],
    [
      'brazil-to-partner',
      [
        { path: 'delivery.mode', after: 'append' },
        { path: 'retry.within', after: '1h' },
        { path: 'priority', after: -5 },
      ],
    ],
  ])
})

test('rows that an older version wrote have the defaults, and applying the same files changes nothing', async () => {
  const older = sql`UPDATE object SET spec = spec - 'limits' - 'onUnknown' - 'retry' - 'priority' WHERE kind IN ('destination', 'orchestration')`
  expect((await older.execute(room.store.db)).numAffectedRows).toBe(2n)
  expect((await room.objects.get('destination', 'partner-drop')).spec).toMatchObject({ limits: {}, onUnknown: 'resend' })
  expect((await room.objects.get('orchestration', 'brazil-to-partner')).spec).toMatchObject({
    delivery: { mode: 'full' },
    retry: { attempts: 5, within: '6h' },
    priority: 0,
  })
  expect(await apply(...allDocuments)).toEqual([])
})
