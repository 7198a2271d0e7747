import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clearObjects, errorOf, fieldsOf, owner, testObjects, type ObjectsInStore } from '../helpers/objects.ts'
import { allDocuments, documents } from './configuration.ts'

let room: ObjectsInStore
beforeAll(async () => {
  room = await testObjects()
})
beforeEach(async () => {
  await clearObjects(room)
  await room.objects.create('database', owner, { name: 'shop', type: 'duckdb', settings: { path: '/shop' } })
})

const newQuery = () => room.objects.create('query', owner, { name: 'q', database: 'shop', sql: 'SELECT 1 AS one' })
const change = (version: number, fields: object) => room.objects.change('query', owner, 'q', version, fields)
const contents = async () => {
  const { active, draft } = (await room.objects.get('query', 'q')).spec
  return { active: active?.sql ?? null, draft: draft?.sql ?? null }
}

describe('a query', () => {
  test('begins as a draft, and is published by activate', async () => {
    await newQuery()
    expect(await contents()).toEqual({ active: null, draft: 'SELECT 1 AS one' })
    await change(1, { sql: 'SELECT 2 AS two' })
    expect(await contents()).toEqual({ active: null, draft: 'SELECT 2 AS two' })
    const activated = await room.objects.activate('query', owner, 'q', 2)
    expect(activated.version).toBe(3)
    expect(await contents()).toEqual({ active: 'SELECT 2 AS two', draft: null })
  })

  test('that is active gets a draft beside it by a change of its content; everything else takes effect at once', async () => {
    await newQuery()
    await room.objects.activate('query', owner, 'q', 1)
    await change(2, { sql: 'SELECT 3 AS three', description: 'New', folder: 'F', labels: ['l'] })
    const { spec } = await room.objects.get('query', 'q')
    expect(spec).toMatchObject({
      description: 'New',
      folder: 'F',
      labels: ['l'],
      active: { sql: 'SELECT 1 AS one' },
      draft: { sql: 'SELECT 3 AS three' },
    })
    await change(3, { parameters: { a: { type: 'date' } } })
    expect((await room.objects.get('query', 'q')).spec.draft).toEqual({
      database: spec.active?.database,
      sql: 'SELECT 3 AS three',
      parameters: { a: { type: 'date', default: null } },
    })
    await change(4, { parameters: null })
    expect((await room.objects.get('query', 'q')).spec.draft?.parameters).toEqual({})
  })

  test('whose draft says the same as what is active has none', async () => {
    await newQuery()
    await room.objects.activate('query', owner, 'q', 1)
    await change(2, { sql: 'SELECT 3 AS three' })
    await change(3, { sql: 'SELECT 1 AS one' })
    expect(await contents()).toEqual({ active: 'SELECT 1 AS one', draft: null })
  })

  test('gets rid of its draft by discard, but not of the only one', async () => {
    await newQuery()
    const only = await errorOf(room.objects.discard('query', owner, 'q', 1))
    expect(only.code).toBe('ONLY_DRAFT')
    await room.objects.activate('query', owner, 'q', 1)
    expect((await errorOf(room.objects.discard('query', owner, 'q', 2))).code).toBe('NO_DRAFT')
    expect((await errorOf(room.objects.activate('query', owner, 'q', 2))).code).toBe('NO_DRAFT')
    await change(2, { sql: 'SELECT 3 AS three' })
    await room.objects.discard('query', owner, 'q', 3)
    expect(await contents()).toEqual({ active: 'SELECT 1 AS one', draft: null })
  })

  test('takes the place of no version that somebody else has changed meanwhile', async () => {
    await newQuery()
    await change(1, { sql: 'SELECT 2 AS two' })
    expect((await errorOf(room.objects.activate('query', owner, 'q', 1))).code).toBe('VERSION_CONFLICT')
  })

  test('gets a draft of what was active at an earlier revision by restore', async () => {
    await newQuery()
    await room.objects.activate('query', owner, 'q', 1)
    await change(2, { sql: 'SELECT 2 AS two' })
    await room.objects.activate('query', owner, 'q', 3)
    await room.objects.restore('query', owner, 'q', 4, 2)
    expect(await contents()).toEqual({ active: 'SELECT 2 AS two', draft: 'SELECT 1 AS one' })
    expect((await room.objects.revisions('query', 'q')).map(({ action }) => action)).toEqual([
      'restore',
      'activate',
      'change',
      'activate',
      'create',
    ])
    expect((await errorOf(room.objects.restore('query', owner, 'q', 5, 1))).detail).toContain('Nothing was active')
    expect((await errorOf(room.objects.restore('query', owner, 'q', 5, 99))).code).toBe('NOT_FOUND')
  })

  test('is not restored to a database that is gone', async () => {
    await newQuery()
    await room.objects.activate('query', owner, 'q', 1)
    await room.objects.create('database', owner, { name: 'other', type: 'duckdb', settings: { path: '/other' } })
    await change(2, { database: 'other' })
    await room.objects.activate('query', owner, 'q', 3)
    await room.objects.remove('database', owner, 'shop', 1)
    const error = await errorOf(room.objects.restore('query', owner, 'q', 4, 2))
    expect(error.code).toBe('INVALID')
    expect(error.detail).toContain('is gone')
  })

  test('keeps the database of its draft in use', async () => {
    await newQuery()
    await room.objects.activate('query', owner, 'q', 1)
    await room.objects.create('database', owner, { name: 'other', type: 'duckdb', settings: { path: '/other' } })
    await change(2, { database: 'other' })
    expect((await errorOf(room.objects.remove('database', owner, 'other', 1))).code).toBe('IN_USE')
    expect((await errorOf(room.objects.remove('database', owner, 'shop', 1))).code).toBe('IN_USE')
    await room.objects.discard('query', owner, 'q', 3)
    await room.objects.remove('database', owner, 'other', 1)
  })

  test('tells the faults of a changed draft where they were sent', async () => {
    await newQuery()
    await room.objects.activate('query', owner, 'q', 1)
    const error = await errorOf(change(2, { database: 'shopp', parameters: { a: { tipe: 'text' } }, status: 'draft' }))
    expect(fieldsOf(error).toSorted()).toEqual(['INVALID /parameters/a/type', 'INVALID /status', 'UNKNOWN_FIELD /parameters/a/tipe'])
    expect(fieldsOf(await errorOf(change(2, { database: 'shopp' })))).toEqual(['INVALID /database'])
  })

  test('declares parameters with defaults of their type, and none that are built in', async () => {
    const error = await errorOf(
      room.objects.create('query', owner, {
        name: 'p',
        database: 'shop',
        sql: 'SELECT 1',
        parameters: {
          run_started_at: { type: 'timestamp' },
          n: { type: 'integer', default: 'many' },
          ok: { type: 'decimal', default: '1.50' },
        },
      }),
    )
    expect(error.code).toBe('PARAMETER_INVALID')
    expect(fieldsOf(error).toSorted()).toEqual(['PARAMETER_INVALID /parameters/n/default', 'PARAMETER_INVALID /parameters/run_started_at'])
  })
})

describe('a database export', () => {
  test('has the same lifecycle', async () => {
    await room.objects.create('export', owner, { name: 'e', database: 'shop', tables: 'all' })
    await room.objects.activate('export', owner, 'e', 1)
    const changed = await room.objects.change('export', owner, 'e', 2, { tables: [{ name: 'customer', columns: ['id'] }] })
    expect(changed.spec).toMatchObject({ active: { tables: 'all' }, draft: { tables: [{ name: 'customer', columns: ['id'] }] } })
    await room.objects.activate('export', owner, 'e', 3)
    await room.objects.restore('export', owner, 'e', 4, 2)
    expect((await room.objects.get('export', 'e')).spec.draft?.tables).toBe('all')
  })

  test('names no table and no column twice', async () => {
    const tables = [{ name: 'a' }, { name: 'b', columns: ['x', 'y', 'x'] }, { name: 'a' }]
    const error = await errorOf(room.objects.create('export', owner, { name: 'e', database: 'shop', tables }))
    expect(fieldsOf(error).toSorted()).toEqual(['INVALID /tables/1/columns/2', 'INVALID /tables/2'])
    const wrong = await errorOf(room.objects.create('export', owner, { name: 'e', database: 'shop', tables: [{ nam: 'a' }] }))
    expect(fieldsOf(wrong).toSorted()).toEqual(['INVALID /tables/0/name', 'UNKNOWN_FIELD /tables/0/nam'])
  })
})

describe('what is activated must suit the orchestrations that use it', () => {
  beforeEach(async () => {
    await clearObjects(room)
    await room.objects.apply(owner, allDocuments, { commit: true, prune: false })
  })

  test('a parameter that an orchestration sets stays declared', async () => {
    await room.objects.change('query', owner, 'customers', 1, { parameters: null, sql: 'SELECT 1' })
    const error = await errorOf(room.objects.activate('query', owner, 'customers', 2))
    expect([error.code, error.users]).toEqual(['PARAMETER_INVALID', ['orchestration brazil-to-partner']])
    expect(error.detail).toContain('orchestration brazil-to-partner')
  })

  test('an export gets a second table only where the file name tells tables apart', async () => {
    await room.objects.apply(
      owner,
      [
        { ...documents.export, tables: [{ name: 'customer' }] },
        { kind: 'orchestration', name: 'tables', export: 'whole-shop', destination: 'partner-drop', settings: { fileName: 'x.csv' } },
      ],
      { commit: true, prune: false },
    )
    await room.objects.change('export', owner, 'whole-shop', 2, { tables: 'all' })
    const error = await errorOf(room.objects.activate('export', owner, 'whole-shop', 3))
    expect([error.code, error.users]).toEqual(['FILE_NAME_INVALID', ['orchestration tables']])
  })
})
