import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clearObjects, errorOf, fieldsOf, owner, testObjects, type ObjectsInStore } from '../helpers/objects.ts'
import { allDocuments, documents, input } from './configuration.ts'

let room: ObjectsInStore
beforeAll(async () => {
  room = await testObjects()
})
beforeEach(async () => {
  await clearObjects(room)
  await room.objects.apply(owner, allDocuments, { commit: true, prune: false })
})

const orchestrate = (fields: object) =>
  room.objects.create('orchestration', owner, { ...input(documents.orchestration), name: 'new', ...fields })
const refused = async (fields: object) => fieldsOf(await errorOf(orchestrate(fields)))
const template = (name: string, fields: object) => room.objects.create('template', owner, { name, type: 'file', ...fields })
const onlyExport = { query: undefined, parameters: undefined, export: 'whole-shop' }

describe('an orchestration', () => {
  test('is not made for a draft', async () => {
    await room.objects.create('query', owner, { name: 'draft-query', database: 'shop', sql: 'SELECT 1' })
    await room.objects.create('export', owner, { name: 'draft-export', database: 'shop', tables: 'all' })
    expect(await refused({ query: 'draft-query', parameters: {} })).toEqual(['QUERY_NOT_ACTIVE /query'])
    expect(await refused({ ...onlyExport, template: undefined, export: 'draft-export' })).toEqual(['EXPORT_NOT_ACTIVE /export'])
  })

  test('sends one query or one export', async () => {
    expect(await refused({ export: 'whole-shop' })).toEqual(['INVALID '])
    expect(await refused({ query: undefined })).toEqual(['INVALID '])
  })

  test('gives values to declared parameters only, of their type', async () => {
    expect(await refused({ parameters: { contry: 'Chile' } })).toEqual(['PARAMETER_INVALID /parameters/contry'])
    expect((await errorOf(orchestrate({ parameters: { contry: 'Chile' } }))).detail).toContain('Did you mean "country"?')
    expect(await refused({ ...onlyExport, template: undefined, parameters: { country: 'Chile' } })).toEqual([
      'PARAMETER_INVALID /parameters/country',
    ])
    await room.objects.change('query', owner, 'customers', 1, {
      parameters: { country: { type: 'text' }, least: { type: 'integer', default: 1 } },
    })
    await room.objects.activate('query', owner, 'customers', 2)
    expect(await refused({ parameters: { least: 'many' } })).toEqual(['PARAMETER_INVALID /parameters/least'])
    await orchestrate({ parameters: { least: '12345678901234567890', country: null } })
  })

  test('takes a mapping per table for an export only', async () => {
    await template('per-table', { mapping: { customer: [{ from: 'id' }] } })
    expect(await refused({ template: 'per-table' })).toEqual(['MAPPING_INVALID /template'])
    await orchestrate({ ...onlyExport, template: 'per-table', name: 'tables' })
    await orchestrate({ ...onlyExport, template: 'partner-csv', name: 'one list for all' })
    const changed = await errorOf(room.objects.change('template', owner, 'partner-csv', 1, { mapping: { customer: [{ from: 'id' }] } }))
    expect([changed.code, changed.users]).toEqual(['MAPPING_INVALID', ['orchestration brazil-to-partner']])
  })

  test('names a file per table where an export has several', async () => {
    const same = { ...onlyExport, template: undefined, settings: { fileName: 'all.csv' } }
    expect(await refused(same)).toEqual(['FILE_NAME_INVALID /settings/fileName'])
    await orchestrate({ ...same, name: 'apart', settings: { fileName: '{{ table }}.csv' } })
    await orchestrate({ ...same, name: 'default name', settings: {} })
    await template('one-name', { settings: { fileName: 'all.csv' } })
    expect(await refused({ ...same, template: 'one-name', settings: {} })).toEqual(['FILE_NAME_INVALID /template'])
    await room.objects.create('export', owner, { name: 'one-table', database: 'shop', status: 'active', tables: [{ name: 'customer' }] })
    await orchestrate({ ...same, export: 'one-table', name: 'one table' })
  })

  test('uses in its file name what there is', async () => {
    expect(await refused({ settings: { fileName: '{{ cuntry }}.csv' } })).toEqual(['FILE_NAME_INVALID /settings/fileName'])
    expect(await refused({ settings: { fileName: '{{ country.csv' } })).toEqual(['FILE_NAME_INVALID /settings/fileName'])
    await orchestrate({ settings: { fileName: '{{ country }}.csv' } })
  })

  test('has settings of its own layer only, which are known and right', async () => {
    expect(await refused({ settings: { host: 'h', delimeter: ';', quote: 'maybe', sort: ['a'], compression: 'gzip' } })).toEqual(
      expect.arrayContaining([
        'INVALID /settings/host',
        'UNKNOWN_FIELD /settings/delimeter',
        'INVALID /settings/quote',
        'NOT_AVAILABLE /settings/sort',
        'NOT_AVAILABLE /settings/compression',
      ]),
    )
  })

  test('has settings that go together with those above', async () => {
    expect(await refused({ settings: { format: 'parquet' } })).toEqual(['SETTING_INVALID /template'])
    const error = await errorOf(room.objects.change('destination', owner, 'partner-drop', 1, { settings: { host: 'h', format: 'ndjson' } }))
    expect([error.code, error.users]).toEqual(['SETTING_INVALID', ['orchestration brazil-to-partner']])
  })
})

describe('a data template', () => {
  test('has a type, settings and a mapping that are right', async () => {
    expect(fieldsOf(await errorOf(template('t', { type: 'fil' })))).toEqual(['INVALID /type'])
    expect(fieldsOf(await errorOf(template('t', { settings: { folder: '/x' } })))).toEqual(['UNKNOWN_FIELD /settings/folder'])
    expect(fieldsOf(await errorOf(template('t', { settings: { format: 'parquet', delimiter: ';' } })))).toEqual([
      'SETTING_INVALID /settings/delimiter',
    ])
    expect(fieldsOf(await errorOf(template('t', { settings: { fileName: '../x' } })))).toEqual(['FILE_NAME_INVALID /settings/fileName'])
    expect(fieldsOf(await errorOf(template('t', { mapping: [{ from: 'a', two: 'b' }] })))).toEqual(['UNKNOWN_FIELD /mapping/0/two'])
    expect(fieldsOf(await errorOf(template('t', { mapping: { a: [{ fro: 'a' }] } })))).toEqual(
      expect.arrayContaining(['UNKNOWN_FIELD /mapping/a/0/fro']),
    )
    expect(fieldsOf(await errorOf(template('t', { mapping: 'all' })))).toEqual(['INVALID /mapping'])
  })
})

describe('a destination or database', () => {
  const destination = (fields: object) =>
    room.objects.create('destination', owner, { ...input(documents.destination), name: 'new', ...fields })

  test('has the settings that its type requires, and no others', async () => {
    expect(fieldsOf(await errorOf(destination({ settings: { prot: 22 } }))).toSorted()).toEqual([
      'INVALID /settings/host',
      'UNKNOWN_FIELD /settings/prot',
    ])
    expect(fieldsOf(await errorOf(destination({ settings: { host: 'h', port: '22' } })))).toEqual(['INVALID /settings/port'])
    expect(fieldsOf(await errorOf(room.objects.create('database', owner, { name: 'd', type: 'duckdb' })))).toEqual([
      'INVALID /settings/path',
    ])
    expect(fieldsOf(await errorOf(destination({ type: 'sfpt' })))).toEqual(['INVALID /type'])
    expect(fieldsOf(await errorOf(destination({ type: 's3' })))).toEqual(['NOT_AVAILABLE /type'])
  })

  test('has a credential of its type where it needs one', async () => {
    expect(fieldsOf(await errorOf(destination({ credential: undefined })))).toEqual(['INVALID /credential'])
    const local = { type: 'local', settings: { folder: '/out' } }
    expect(fieldsOf(await errorOf(destination(local)))).toEqual(['CREDENTIAL_TYPE /credential'])
    await destination({ ...local, credential: undefined })
  })
})

describe('settings in layers', () => {
  test('what is set above is fixed below', async () => {
    expect(await refused({ settings: { delimiter: ',' } })).toEqual(['SETTING_FIXED /settings/delimiter'])
    const error = await errorOf(room.objects.change('orchestration', owner, 'brazil-to-partner', 1, { settings: { delimiter: '|' } }))
    expect(error.code).toBe('SETTING_FIXED')
    expect(error.detail).toContain('template partner-csv')
    await room.objects.create('destination', owner, { name: 'semicolons', type: 'local', settings: { folder: '/out', delimiter: ';' } })
    expect(await refused({ destination: 'semicolons' })).toEqual(['SETTING_FIXED /template'])
  })

  test('what is set below is not set above afterwards, and those who have set it are listed', async () => {
    await orchestrate({ name: 'second', settings: { header: true } })
    const fromTemplate = await errorOf(
      room.objects.change('template', owner, 'partner-csv', 1, { settings: { delimiter: '|', header: true } }),
    )
    expect([fromTemplate.code, ...fieldsOf(fromTemplate)]).toEqual(['SETTING_IN_USE', 'SETTING_IN_USE /settings/header'])
    expect(fromTemplate.users).toEqual(['orchestration brazil-to-partner', 'orchestration second'])
    const fromDestination = await errorOf(
      room.objects.change('destination', owner, 'partner-drop', 1, { settings: { host: 'h', header: true, delimiter: '|' } }),
    )
    expect(fromDestination.code).toBe('SETTING_IN_USE')
    expect(fieldsOf(fromDestination).toSorted()).toEqual(['SETTING_IN_USE /settings/delimiter', 'SETTING_IN_USE /settings/header'])
    expect(fromDestination.users).toEqual(['orchestration brazil-to-partner', 'orchestration second', 'template partner-csv'])
  })

  test('a template does not set what a destination above it has fixed', async () => {
    await room.objects.change('destination', owner, 'partner-drop', 1, { settings: { host: 'h', nullText: 'NULL' } })
    const error = await errorOf(room.objects.change('template', owner, 'partner-csv', 1, { settings: { delimiter: '|', nullText: '' } }))
    expect(fieldsOf(error)).toEqual(['SETTING_FIXED /settings/nullText'])
  })

  test('in one apply a setting moves from one layer to another', async () => {
    const moved = [
      { ...documents.template, settings: { delimiter: '|', header: false } },
      { ...documents.orchestration, settings: {} },
    ]
    expect(await room.objects.apply(owner, moved, { commit: true, prune: false })).toHaveLength(2)
    const back = [
      { ...documents.template, settings: { header: false } },
      { ...documents.orchestration, settings: { header: true } },
    ]
    expect(fieldsOf(await errorOf(room.objects.apply(owner, back, { commit: true, prune: false })))).toEqual([
      'SETTING_FIXED /1/settings/header',
    ])
  })

  test('come out with what set each of them', async () => {
    const orchestration = await room.objects.get('orchestration', 'brazil-to-partner')
    const settings = await room.objects.resolvedSettings(orchestration)
    expect(settings.get('delimiter')).toEqual({ value: '|', setBy: 'template partner-csv', layer: 'template' })
    expect(settings.get('header')).toEqual({ value: false, setBy: 'orchestration brazil-to-partner', layer: 'orchestration' })
    expect(settings.get('host')).toEqual({ value: 'sftp.partner.example', setBy: 'destination partner-drop', layer: 'destination' })
    expect(settings.get('format')).toEqual({ value: 'csv', setBy: null, layer: null })
  })
})
