import { beforeAll, beforeEach, expect, test } from 'vitest'
import { clearObjects, errorOf, fieldsOf, owner, testObjects, type ObjectsInStore } from '../helpers/objects.ts'
import { allDocuments, altered, documents } from './configuration.ts'

let room: ObjectsInStore
beforeAll(async () => {
  room = await testObjects()
})
beforeEach(() => clearObjects(room))

const apply = (given: readonly unknown[], options: { commit?: boolean; prune?: boolean } = {}) =>
  room.objects.apply(owner, given, { commit: options.commit ?? true, prune: options.prune ?? false })
const told = (changes: Awaited<ReturnType<typeof apply>>) => changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)

test('objects of every kind are made, named in any order, and a second apply changes nothing', async () => {
  const changes = await apply(allDocuments.toReversed())
  expect(changes.map(({ action, kind }) => `${action} ${kind}`)).toEqual([
    'create credential',
    'create database',
    'create query',
    'create export',
    'create destination',
    'create template',
    'create orchestration',
  ])
  expect(await apply(allDocuments)).toEqual([])
})

test('what is exported changes nothing when it is applied, and names only what stands before it', async () => {
  await apply(allDocuments)
  const exported = await room.objects.export()
  expect(exported).toEqual([
    { kind: 'credential', name: 'partner-key', type: 'sftp', secrets: { user: 'set', password: '${env:PARTNER_PASSWORD}' } },
    documents.database,
    documents.query,
    documents.export,
    documents.destination,
    documents.template,
    documents.orchestration,
  ])
  expect(await apply(exported)).toEqual([])
})

test('a plan tells the changes and writes nothing', async () => {
  const planned = await apply(allDocuments, { commit: false })
  expect(planned).toHaveLength(7)
  expect(await room.objects.export()).toEqual([])
  expect(await apply(allDocuments)).toEqual(planned)
})

test('a change tells its fields by dotted path, with lists as one value', async () => {
  await apply(allDocuments)
  const mapping = [{ from: 'email' }]
  const changes = await apply([
    altered('template', { description: 'For the partner', settings: { delimiter: ';', nullText: 'NULL' }, mapping }),
  ])
  expect(changes).toEqual([
    {
      action: 'update',
      kind: 'template',
      name: 'partner-csv',
      fields: [
        { path: 'settings.delimiter', before: '|', after: ';' },
        { path: 'mapping', before: documents.template.mapping, after: mapping },
        { path: 'description', after: 'For the partner' },
        { path: 'settings.nullText', after: 'NULL' },
      ],
    },
  ])
})

test('the faults of all documents are told at once, each at its place', async () => {
  const error = await errorOf(
    apply([
      altered('query', { database: 'shopp', sqll: 'SELECT 1' }),
      altered('destination', { settings: { host: 'h', portt: 22 } }),
      documents.credential,
      { kind: 'orchestration', name: 'o', query: 'customers', destination: 'partner-drap' },
      { kind: 'template', name: 't', type: 'file', settings: { format: 'xml' } },
      { kind: 'quary', name: 'q' },
      'text',
    ]),
  )
  expect(error.code).toBe('INVALID')
  expect(fieldsOf(error).toSorted()).toEqual([
    'INVALID /3/destination',
    'INVALID /4/settings/format',
    'INVALID /5/kind',
    'INVALID /6',
    'UNKNOWN_FIELD /0/sqll',
    'UNKNOWN_FIELD /1/settings/portt',
  ])
  const messages = error.errors.map(({ message }) => message).join('\n')
  expect(messages).toContain('Did you mean "sql"?')
  expect(messages).toContain('Did you mean "port"?')
  expect(messages).toContain('Did you mean "partner-drop"?')
  expect(messages).toContain('Did you mean "query"?')
  expect(await room.objects.export()).toEqual([])
})

test('a document that is at fault is not reported again by those that name it', async () => {
  const error = await errorOf(
    apply([
      altered('credential', { secrets: { user: 'acme', pasword: 'x' } }),
      documents.destination,
      ...allDocuments.filter(({ kind }) => kind !== 'credential' && kind !== 'destination'),
    ]),
  )
  expect(error.code).toBe('UNKNOWN_FIELD')
  expect(fieldsOf(error)).toEqual(['UNKNOWN_FIELD /0/secrets/pasword'])
})

test('kinds, fields, modes, types and settings of later versions are refused by name', async () => {
  const error = await errorOf(
    apply([
      ...allDocuments,
      { kind: 'group', name: 'nightly' },
      altered('orchestration', { name: 'a', timeLimit: '2h', guardrails: {}, alerts: [], delivery: { mode: 'mirror', key: ['id'] } }),
      altered('orchestration', { name: 'b', workflow: { mode: 'automatic', schedule: '0 3 * * *' } }),
      altered('destination', { name: 'c', placement: 'here' }),
      altered('destination', { name: 'd', type: 's3' }),
      altered('template', { name: 'e', settings: { compression: 'gzip', split: 100 } }),
      altered('database', { name: 'f', type: 'trino', placement: 'here' }),
    ]),
  )
  expect(error.code).toBe('NOT_AVAILABLE')
  expect(fieldsOf(error).toSorted()).toEqual(
    [
      '/7/kind',
      '/8/timeLimit',
      '/8/guardrails',
      '/8/alerts',
      '/8/delivery/mode',
      '/9/workflow/mode',
      '/9/workflow/schedule',
      '/10/placement',
      '/11/type',
      '/12/settings/compression',
      '/12/settings/split',
      '/13/placement',
    ]
      .map((pointer) => `NOT_AVAILABLE ${pointer}`)
      .toSorted(),
  )
  expect(error.errors.every(({ message }) => message.includes('does not have'))).toBe(true)
})

test('two documents of one name, or for one rename, are refused', async () => {
  const error = await errorOf(apply([documents.database, documents.template, altered('database', { settings: { path: '/other' } })]))
  expect(fieldsOf(error)).toEqual(['INVALID /2/name'])
  await apply([documents.database])
  const renames = [altered('database', { name: 'a', previousName: 'shop' }), altered('database', { name: 'b', previousName: 'shop' })]
  expect(fieldsOf(await errorOf(apply(renames)))).toEqual(['INVALID /1/previousName'])
})

test('previousName renames and breaks no reference; once it is done it says nothing', async () => {
  await apply(allDocuments)
  const before = await room.objects.get('database', 'shop')
  const renamed = altered('database', { name: 'store', previousName: 'shop' })
  expect(await apply([renamed])).toEqual([
    { action: 'update', kind: 'database', name: 'store', fields: [{ path: 'name', before: 'shop', after: 'store' }] },
  ])
  expect((await room.objects.get('database', 'store')).id).toBe(before.id)
  expect((await room.objects.get('query', 'customers')).links).toEqual([{ kind: 'database', id: before.id, name: 'store' }])
  expect(await apply([renamed])).toEqual([])
  const error = await errorOf(apply([altered('query', { name: 'other' })]))
  expect(fieldsOf(error)).toEqual(['INVALID /0/database'])
})

test('names move in a chain, and a name that was given up can be taken', async () => {
  const database = (name: string, path: string, previousName?: string) => ({
    kind: 'database',
    name,
    type: 'duckdb',
    settings: { path },
    ...(previousName && { previousName }),
  })
  await apply([database('a', '/1'), database('b', '/2')])
  const moved = [database('b', '/1', 'a'), database('c', '/2', 'b'), database('a', '/3')]
  expect(told(await apply(moved))).toEqual(['update database c', 'update database b', 'create database a'])
  expect((await room.objects.get('database', 'c')).spec.settings).toEqual({ path: '/2' })
  expect(await apply(moved)).toEqual([])
})

test('a rename to a name that another object has is refused', async () => {
  await apply([documents.database, altered('database', { name: 'store' })])
  const error = await errorOf(apply([altered('database', { name: 'store', previousName: 'shop' })]))
  expect(error.code).toBe('NAME_TAKEN')
  expect(fieldsOf(error)).toEqual(['NAME_TAKEN /0/name'])
})

test('prune deletes what files made and no document names, users first, and nothing that people made', async () => {
  await room.objects.create('template', owner, { name: 'by-hand', type: 'file' })
  await apply(allDocuments)
  expect(await apply([documents.database])).toEqual([])
  const changes = await apply([documents.database], { prune: true })
  expect(told(changes)).toEqual([
    'delete orchestration brazil-to-partner',
    'delete template partner-csv',
    'delete destination partner-drop',
    'delete export whole-shop',
    'delete query customers',
    'delete credential partner-key',
  ])
  expect((await room.objects.export()).map(({ name }) => name)).toEqual(['shop', 'by-hand'])
})

test('prune refuses to delete what something else uses, and a document cannot name what is pruned', async () => {
  await apply(allDocuments)
  await room.objects.create('query', owner, { name: 'by-hand', database: 'shop', sql: 'SELECT 1' })
  const error = await errorOf(apply([], { prune: true }))
  expect(error.code).toBe('IN_USE')
  expect(error.users).toEqual(['query by-hand'])
  expect(await room.objects.export()).toHaveLength(8)
  const others = allDocuments.filter(({ kind }) => kind !== 'template')
  expect(fieldsOf(await errorOf(apply(others, { prune: true })))).toEqual(['INVALID /5/template'])
})

test('only what apply creates or changes belongs to files', async () => {
  await room.objects.create('database', owner, { name: 'shop', type: 'duckdb', settings: { path: '/data/shop.duckdb' } })
  await apply([documents.database])
  expect((await room.objects.get('database', 'shop')).managedBy).toBeNull()
  await apply([altered('database', { description: 'The shop' })])
  expect((await room.objects.get('database', 'shop')).managedBy).toBe('apply')
})

test('an active query with other SQL is published at once, and a draft stands beside it', async () => {
  await apply(allDocuments)
  await apply([altered('query', { sql: 'SELECT 2 AS two', draft: { sql: 'SELECT 3 AS three' } })])
  const { spec } = await room.objects.get('query', 'customers')
  expect(spec.active?.sql).toBe('SELECT 2 AS two')
  expect(spec.draft).toEqual({ ...spec.active, sql: 'SELECT 3 AS three' })
  expect((await room.objects.export()).find(({ kind }) => kind === 'query')).toMatchObject({
    sql: 'SELECT 2 AS two',
    draft: { sql: 'SELECT 3 AS three' },
  })
  await apply([altered('query', { sql: 'SELECT 3 AS three', draft: { sql: 'SELECT 3 AS three' } })])
  expect((await room.objects.get('query', 'customers')).spec.draft).toBeNull()
})

test('an active query does not become a draft again, and a draft has no draft', async () => {
  await apply(allDocuments)
  expect(fieldsOf(await errorOf(apply([altered('query', { status: 'draft' })])))).toEqual(['INVALID /0/status'])
  const draft = { kind: 'export', name: 'new', database: 'shop', tables: 'all', draft: { tables: [{ name: 'customer' }] } }
  expect(fieldsOf(await errorOf(apply([draft])))).toEqual(['INVALID /0/draft'])
})

test('a query is made and activated by files in one step together with its orchestration', async () => {
  await apply(
    allDocuments
      .filter(({ kind }) => kind !== 'orchestration')
      .map((document) => (document.kind === 'query' ? altered('query', { status: 'draft' }) : document)),
  )
  expect((await errorOf(apply([documents.orchestration]))).code).toBe('QUERY_NOT_ACTIVE')
  const changes = await apply([documents.orchestration, documents.query])
  expect(changes[0]).toEqual({ action: 'update', kind: 'query', name: 'customers', fields: [{ path: 'status', after: 'active' }] })
})

test('applies at the same time are done one after the other', async () => {
  await Promise.all([1, 2, 3, 4].map(() => apply(allDocuments)))
  const revisions = await Promise.all(allDocuments.map(({ name, kind }) => room.objects.revisions(kind as 'query', name)))
  expect(revisions.map((list) => list.length)).toEqual([1, 1, 1, 1, 1, 1, 1])
})

test('text that the store cannot hold is refused at its place', async () => {
  const error = await errorOf(
    apply([altered('query', { sql: 'SELECT 1\0', labels: ['\ud800'] }), altered('template', { settings: { delimiter: Number.NaN } })]),
  )
  expect(fieldsOf(error)).toEqual(expect.arrayContaining(['INVALID /0/sql', 'INVALID /0/labels/0', 'INVALID /1/settings/delimiter']))
})

test('documents name objects by id as well', async () => {
  await apply([documents.database])
  const { id } = await room.objects.get('database', 'shop')
  await apply([altered('query', { database: id })])
  expect((await room.objects.export()).find(({ kind }) => kind === 'query')).toEqual(documents.query)
})

test('an export is sorted by name within a kind, whatever was made first', async () => {
  await apply(['b', 'ä', 'a', 'B'].map((name) => altered('database', { name })))
  expect((await room.objects.export()).map(({ name }) => name)).toEqual(['B', 'a', 'b', 'ä'])
})
