import { sql } from 'kysely'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../src/contract/ids.ts'
import { objectKinds } from '../../src/contract/objects.ts'
import { insertRun } from '../../src/store/runs/runs.ts'
import { eventually } from '../helpers/eventually.ts'
import { clearObjects, errorOf, fieldsOf, owner, testObjects, type ObjectsInStore } from '../helpers/objects.ts'
import { allDocuments, documents, input } from './configuration.ts'

let room: ObjectsInStore
beforeAll(async () => {
  room = await testObjects()
})
beforeEach(() => clearObjects(room))

const fill = () => room.objects.apply(owner, allDocuments, { commit: true, prune: false })
const database = (name: string) => room.objects.create('database', owner, { name, type: 'duckdb', settings: { path: `/data/${name}` } })

describe('create', () => {
  test('makes an object of every kind from its document without kind', async () => {
    for (const kind of ['database', 'credential', 'query', 'export', 'destination', 'template', 'orchestration'] as const) {
      const made = await room.objects.create(kind, owner, input(documents[kind]))
      expect(made).toMatchObject({ kind, name: documents[kind].name, version: 1, managedBy: null, usedBy: [] })
      expect(await room.objects.get(kind, made.id)).toEqual(await room.objects.get(kind, made.name))
    }
    expect(await room.objects.apply(owner, allDocuments, { commit: false, prune: false })).toEqual([])
  })

  test('refuses a name that is taken, also by a rename', async () => {
    await database('a')
    const b = await database('b')
    const error = await errorOf(database('a'))
    expect([error.code, ...fieldsOf(error)]).toEqual(['NAME_TAKEN', 'NAME_TAKEN /name'])
    expect(error.detail).toContain('"a"')
    expect((await errorOf(room.objects.change('database', owner, 'b', b.version, { name: 'a' }))).code).toBe('NAME_TAKEN')
    await room.objects.create('template', owner, { name: 'a', type: 'file' })
  })

  test('refuses names that are no names, or that look like ids', async () => {
    for (const name of ['', ' a', 'a\nb', 'x'.repeat(201), newId('database')]) {
      const error = await errorOf(database(name))
      expect([error.code, ...fieldsOf(error)]).toEqual(['INVALID', 'INVALID /name'])
    }
    await database('Größe 大きさ ("x" / y)')
  })

  test('names what is missing, unknown or wrong, with pointers', async () => {
    const error = await errorOf(
      room.objects.create('query', owner, { name: 'q', databse: 'shop', parameters: { a: { type: 'txt' } }, labels: [1] }),
    )
    expect(error.code).toBe('INVALID')
    expect(fieldsOf(error).toSorted()).toEqual([
      'INVALID /database',
      'INVALID /labels/0',
      'INVALID /parameters/a/type',
      'INVALID /sql',
      'UNKNOWN_FIELD /databse',
    ])
    expect(error.errors.find(({ pointer }) => pointer === '/database')?.message).toBe('It is required.')
    expect(error.errors.find(({ pointer }) => pointer === '/databse')?.message).toContain('Did you mean "database"?')
  })

  test('refuses what is no set of fields, another kind, and fields of files', async () => {
    expect((await errorOf(room.objects.create('query', owner, 'text'))).code).toBe('INVALID')
    expect(fieldsOf(await errorOf(room.objects.create('query', owner, documents.database)))).toContain('INVALID /kind')
    expect(fieldsOf(await errorOf(room.objects.create('database', owner, { ...documents.database, previousName: 'x' })))).toEqual([
      'UNKNOWN_FIELD /previousName',
    ])
  })

  test('suggests the nearest name of an object that is not there', async () => {
    await database('chinook')
    const error = await errorOf(room.objects.create('query', owner, { name: 'q', database: 'chinok', sql: 'SELECT 1' }))
    expect(fieldsOf(error)).toEqual(['INVALID /database'])
    expect(error.detail).toContain('There is no database "chinok". Did you mean "chinook"?')
  })

  test('gives an orchestration without a name its object’s, and where that is taken "OBJECT to DESTINATION"', async () => {
    await fill()
    const { name: _name, ...unnamed } = input(documents.orchestration)
    expect((await room.objects.create('orchestration', owner, unnamed)).name).toBe('customers')
    expect((await room.objects.create('orchestration', owner, unnamed)).name).toBe('customers to partner-drop')
    expect((await errorOf(room.objects.create('orchestration', owner, unnamed))).code).toBe('NAME_TAKEN')
  })
})

describe('change', () => {
  test('changes the fields that are sent, writes a revision, and leaves the others', async () => {
    await fill()
    const changed = await room.objects.change('template', owner, 'partner-csv', 1, { description: 'New' })
    expect(changed).toMatchObject({ version: 2, spec: { description: 'New', settings: { delimiter: '|' } } })
    const revisions = await room.objects.revisions('template', 'partner-csv')
    expect(revisions.map(({ number, action, actor }) => [number, action, actor])).toEqual([
      [2, 'change', 'owner'],
      [1, 'apply', 'owner'],
    ])
    expect(revisions[0]).toMatchObject({
      before: { name: 'partner-csv', spec: { description: '' } },
      after: { spec: { description: 'New' } },
    })
    expect(revisions[1]).toMatchObject({ before: null })
  })

  test('null takes an optional field away; a required one stays required', async () => {
    await fill()
    await room.objects.change('orchestration', owner, 'brazil-to-partner', 1, { template: null, parameters: null })
    expect((await room.objects.get('orchestration', 'brazil-to-partner')).spec).toMatchObject({ template: null, parameters: {} })
    const error = await errorOf(room.objects.change('orchestration', owner, 'brazil-to-partner', 2, { destination: null, foo: null }))
    expect(fieldsOf(error).toSorted()).toEqual(['INVALID /destination', 'UNKNOWN_FIELD /foo'])
  })

  test('that changes nothing makes no revision', async () => {
    await fill()
    expect((await room.objects.change('template', owner, 'partner-csv', 1, { description: '', name: 'partner-csv' })).version).toBe(1)
    expect(await room.objects.revisions('template', 'partner-csv')).toHaveLength(1)
  })

  test('of another version is refused, naming both', async () => {
    const { id } = await database('a')
    await room.objects.change('database', owner, id, 1, { description: 'one' })
    const error = await errorOf(room.objects.change('database', owner, id, 1, { description: 'two' }))
    expect(error.code).toBe('VERSION_CONFLICT')
    expect(error.detail).toContain('version 2')
    expect(error.detail).toContain('version 1')
    expect((await errorOf(room.objects.remove('database', owner, id, 1))).code).toBe('VERSION_CONFLICT')
  })

  test('of two at once one wins, and the other is refused', async () => {
    const { id } = await database('a')
    const outcomes = await Promise.allSettled(
      ['one', 'two'].map((description) => room.objects.change('database', owner, id, 1, { description })),
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'VERSION_CONFLICT' } })
    expect((await room.objects.revisions('database', id)).map(({ number }) => number)).toEqual([2, 1])
  })

  test('of a name renames, and references stay', async () => {
    await fill()
    await room.objects.change('destination', owner, 'partner-drop', 1, { name: 'new-drop' })
    expect((await room.objects.get('orchestration', 'brazil-to-partner')).links.map(({ name }) => name)).toContain('new-drop')
    expect((await room.objects.export()).at(-1)).toMatchObject({ destination: 'new-drop' })
  })

  test('of the type or of the kind is refused', async () => {
    await fill()
    expect(
      fieldsOf(
        await errorOf(
          room.objects.change('destination', owner, 'partner-drop', 1, { type: 'local', credential: null, settings: { folder: '/x' } }),
        ),
      ),
    ).toEqual(['INVALID /type'])
    expect(fieldsOf(await errorOf(room.objects.change('destination', owner, 'partner-drop', 1, { kind: 'template' })))).toEqual([
      'INVALID /kind',
    ])
    expect(fieldsOf(await errorOf(room.objects.change('destination', owner, 'partner-drop', 1, { status: 'active' })))).toEqual([
      'UNKNOWN_FIELD /status',
    ])
  })

  test('sends an export instead of a query, and the other way round', async () => {
    await fill()
    await room.objects.change('orchestration', owner, 'brazil-to-partner', 1, { export: 'whole-shop', parameters: null, template: null })
    const { spec } = await room.objects.get('orchestration', 'brazil-to-partner')
    expect(spec.object.kind).toBe('export')
    await room.objects.change('orchestration', owner, 'brazil-to-partner', 2, { query: 'customers' })
    const both = await errorOf(
      room.objects.change('orchestration', owner, 'brazil-to-partner', 3, { query: 'customers', export: 'whole-shop' }),
    )
    expect(both.code).toBe('INVALID')
  })
})

describe('remove', () => {
  test('of what is in use is refused, listing the users; the history stays after the last one', async () => {
    await fill()
    for (const [kind, name, users] of [
      ['database', 'shop', ['export whole-shop', 'query customers']],
      ['credential', 'partner-key', ['destination partner-drop']],
      ['query', 'customers', ['orchestration brazil-to-partner']],
      ['destination', 'partner-drop', ['orchestration brazil-to-partner']],
      ['template', 'partner-csv', ['orchestration brazil-to-partner']],
    ] as const) {
      const error = await errorOf(room.objects.remove(kind, owner, name, 1))
      expect([error.code, error.users]).toEqual(['IN_USE', users])
    }
    for (const kind of ['orchestration', 'template', 'destination', 'credential', 'export', 'query', 'database'] as const) {
      await room.objects.remove(kind, owner, documents[kind].name, 1)
    }
    for (const kind of objectKinds) expect((await room.objects.list(kind, { limit: 10 })).items).toEqual([])
    const { rows } = await room.store.db
      .selectFrom('object_revision')
      .select(({ fn }) => fn.countAll<string>().as('rows'))
      .executeTakeFirstOrThrow()
    expect(rows).toBe('14')
    expect(await room.store.db.selectFrom('secret').selectAll().execute()).toEqual([])
    expect(await room.store.db.selectFrom('object_reference').selectAll().execute()).toEqual([])
    await fill()
  })

  test('of an orchestration with an active run is refused; its runs stay afterwards', async () => {
    await fill()
    const { id, name } = await room.objects.get('orchestration', 'brazil-to-partner')
    const run = {
      id: newId('run'),
      orchestrationId: id,
      orchestrationName: name,
      trigger: 'manual',
      actor: 'owner',
      pinned: {},
      requestedAt: new Date(),
      destinationId: (await room.objects.get('destination', 'partner-drop')).id,
      priority: 0,
      waits: false,
    }
    await insertRun(room.store.db, run)
    const error = await errorOf(room.objects.remove('orchestration', owner, name, 1))
    expect(error.code).toBe('RUN_ACTIVE')
    expect(error.users).toEqual([`run ${run.id}`])
    expect((await errorOf(room.objects.apply(owner, [], { commit: true, prune: true }))).code).toBe('RUN_ACTIVE')
    expect(await room.objects.export()).toHaveLength(7)
    await room.store.db.updateTable('run').set({ state: 'succeeded' }).execute()
    await room.objects.remove('orchestration', owner, name, 1)
    expect(await room.store.db.selectFrom('run').select('orchestration_id').execute()).toEqual([{ orchestration_id: id }])
  })

  test('waits for a run that is just being made, and then refuses', async () => {
    await fill()
    const { id, name } = await room.objects.get('orchestration', 'brazil-to-partner')
    const run = {
      id: newId('run'),
      orchestrationId: id,
      orchestrationName: name,
      trigger: 'manual',
      actor: 'owner',
      pinned: {},
      requestedAt: new Date(),
      destinationId: (await room.objects.get('destination', 'partner-drop')).id,
      priority: 0,
      waits: false,
    }
    const waitingForRow = async (): Promise<boolean> =>
      (await sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(room.store.db))
        .rows.length > 0
    const removed = await room.store.db.transaction().execute(async (tx) => {
      await insertRun(tx, run)
      const outcome = errorOf(room.objects.remove('orchestration', owner, name, 1))
      await eventually(waitingForRow)
      return { outcome }
    })
    expect((await removed.outcome).code).toBe('RUN_ACTIVE')
  })
})

describe('reading', () => {
  test('what is not there is NOT_FOUND with the nearest name', async () => {
    await database('chinook')
    expect((await errorOf(room.objects.get('database', 'chinok'))).detail).toBe('There is no database "chinok". Did you mean "chinook"?')
    expect((await errorOf(room.objects.get('query', 'chinook'))).code).toBe('NOT_FOUND')
    expect((await errorOf(room.objects.get('database', newId('database')))).code).toBe('NOT_FOUND')
    expect((await errorOf(room.objects.get('database', 'a\0b'))).code).toBe('NOT_FOUND')
  })

  test('an object tells what it uses and what uses it, each once', async () => {
    await fill()
    await room.objects.change('query', owner, 'customers', 1, { sql: 'SELECT 2' })
    const shop = await room.objects.get('database', 'shop')
    expect(shop.usedBy.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['export whole-shop', 'query customers'])
    const { links } = await room.objects.get('orchestration', 'brazil-to-partner')
    expect(links.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'destination partner-drop',
      'query customers',
      'template partner-csv',
    ])
  })

  test('a list comes in pages that miss and repeat nothing, whatever is added meanwhile', async () => {
    for (const name of ['b', 'd', 'a', 'c', 'e']) await database(name)
    const first = await room.objects.list('database', { limit: 2 })
    await database('aa')
    const second = await room.objects.list('database', { limit: 2, cursor: first.next ?? '' })
    const third = await room.objects.list('database', { limit: 2, cursor: second.next ?? '' })
    expect([first, second, third].map(({ items }) => items.map(({ name }) => name))).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    expect(third.next).toBeNull()
    expect((await errorOf(room.objects.list('database', { limit: 2, cursor: 'nonsense' }))).code).toBe('INVALID')
  })

  test('a list finds part of a name, in upper or lower case, and takes % for itself', async () => {
    for (const name of ['Brazil 100%', 'brasil', 'Chile']) await database(name)
    const found = async (search: string) => (await room.objects.list('database', { limit: 9, search })).items.map(({ name }) => name)
    expect(await found('BRA')).toHaveLength(2)
    expect(await found('%')).toEqual(['Brazil 100%'])
    expect(await found('_')).toEqual([])
    expect(await found('\0')).toEqual([])
  })
})

describe('facts that were learned', () => {
  test('are kept at first sight, and forgotten when the settings change', async () => {
    await fill()
    const { id } = await room.objects.get('destination', 'partner-drop')
    await room.objects.remember(id, 'hostKey', 'SHA256:first')
    await room.objects.remember(id, 'hostKey', 'SHA256:second')
    expect(await room.objects.remembered(id)).toEqual({ hostKey: 'SHA256:first' })
    await room.objects.change('destination', owner, id, 1, { description: 'x' })
    expect(await room.objects.remembered(id)).toEqual({ hostKey: 'SHA256:first' })
    await room.objects.change('destination', owner, id, 2, { settings: { host: 'other.example' } })
    expect(await room.objects.remembered(id)).toEqual({})
    await room.objects.remember(newId('destination'), 'hostKey', 'x')
  })
})
