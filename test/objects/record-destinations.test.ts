/** The rules for destinations that take records, seen by one that connects to nothing. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clearObjects, errorOf, fieldsOf, owner, registryWithFeed, testObjects, type ObjectsInStore } from '../helpers/objects.ts'
import { allDocuments, documents, input } from './configuration.ts'

let room: ObjectsInStore
beforeAll(async () => {
  room = await testObjects({ registry: registryWithFeed })
})
beforeEach(async () => {
  await clearObjects(room)
  await room.objects.apply(owner, [...allDocuments, feed, feedTemplate], { commit: true, prune: false })
})

const feed = { kind: 'destination', name: 'crm', type: 'feed', settings: { address: 'https://crm.example' } }
const feedTemplate = {
  kind: 'template',
  name: 'crm-fields',
  type: 'feed',
  settings: { event: 'seen' },
  mapping: [{ from: 'customer_id', to: 'id' }],
}
const orchestrate = (fields: object) =>
  room.objects.create('orchestration', owner, {
    name: 'to-crm',
    query: 'customers',
    destination: 'crm',
    template: 'crm-fields',
    delivery: { mode: 'append' },
    ...fields,
  })
const destination = (fields: object) => room.objects.create('destination', owner, { ...input(feed), name: 'new', ...fields })

describe('a record destination', () => {
  test('has its own settings and none of files', async () => {
    const error = await errorOf(destination({ settings: { address: 'a', delimiter: ';', event: 'seen', signature: 'x' } }))
    expect(fieldsOf(error).toSorted()).toEqual([
      'INVALID /settings/event',
      'NOT_AVAILABLE /settings/signature',
      'UNKNOWN_FIELD /settings/delimiter',
    ])
    expect(fieldsOf(await errorOf(destination({ settings: {} })))).toEqual(['INVALID /settings/address'])
  })

  test('takes limits of requests', async () => {
    const limits = { runs: 3, requestsPerSecond: 0.5, parallel: 4 }
    expect((await destination({ limits, onUnknown: 'hold' })).spec).toMatchObject({ limits, onUnknown: 'hold' })
  })

  test('has a setting called fileName that is no template of file names, where it declares one', async () => {
    await orchestrate({ settings: { fileName: '../{{ any text' } })
    await orchestrate({ name: 'tables', query: undefined, export: 'whole-shop', settings: { fileName: 'same for all' } })
  })
})

describe('a template of its type', () => {
  const template = (fields: object) => room.objects.create('template', owner, { name: 't', type: 'feed', ...fields })

  test('sets what a template may set, and maps columns as those of files do', async () => {
    expect(
      fieldsOf(await errorOf(template({ settings: { address: 'a', batchRows: 0, delimiter: ';', signature: 'x' } }))).toSorted(),
    ).toEqual([
      'INVALID /settings/batchRows',
      'NOT_AVAILABLE /settings/signature',
      'UNKNOWN_FIELD /settings/address',
      'UNKNOWN_FIELD /settings/delimiter',
    ])
    await template({ mapping: { customer: [{ from: 'id' }] }, settings: { event: 'seen' } })
    expect(fieldsOf(await errorOf(orchestrate({ template: 't' })))).toEqual(['MAPPING_INVALID /template'])
    await orchestrate({ template: 't', query: undefined, export: 'whole-shop' })
  })

  test('serves no other type, and is served by no other', async () => {
    const error = await errorOf(orchestrate({ template: 'partner-csv', settings: { event: 'seen' } }))
    expect(fieldsOf(error)).toContain('TEMPLATE_TYPE /template')
    expect(error.detail).toContain('which does not serve destination crm of type "feed"')
    const toFiles = await errorOf(orchestrate({ destination: 'partner-drop', delivery: undefined }))
    expect(fieldsOf(toFiles)).toContain('TEMPLATE_TYPE /template')
  })

  test('is a layer: what it sets is fixed below, and what nobody sets is asked for', async () => {
    expect(fieldsOf(await errorOf(orchestrate({ settings: { event: 'other' } })))).toEqual(['SETTING_FIXED /settings/event'])
    expect(fieldsOf(await errorOf(orchestrate({ template: undefined })))).toEqual(['INVALID /settings/event'])
    const made = await orchestrate({ settings: { batchRows: 7 } })
    const resolved = await room.objects.resolvedSettings(made)
    expect(Object.fromEntries([...resolved].map(([name, { value }]) => [name, value]))).toEqual({
      address: 'https://crm.example',
      shape: 'many',
      batchRows: 7,
      event: 'seen',
    })
  })
})

describe('settings that do not go together', () => {
  test('are told of at the place that sets the one that is named', async () => {
    await room.objects.change('destination', owner, 'crm', 1, { settings: { address: 'a', shape: 'one' } })
    expect(fieldsOf(await errorOf(orchestrate({ settings: { batchRows: 10 } })))).toEqual(['SETTING_INVALID /settings/batchRows'])
    expect(fieldsOf(await errorOf(orchestrate({ settings: {} }))), 'the default').toEqual(['SETTING_INVALID /settings'])
    await orchestrate({ settings: { batchRows: 1 } })
  })

  test('are told of when a layer above is changed, with the orchestrations that have them', async () => {
    await orchestrate({})
    const error = await errorOf(room.objects.change('destination', owner, 'crm', 1, { settings: { address: 'a', shape: 'one' } }))
    expect([error.code, error.users]).toEqual(['SETTING_INVALID', ['orchestration to-crm']])
  })

  test('are not looked for while a setting is missing or wrong', async () => {
    await room.objects.change('destination', owner, 'crm', 1, { settings: { address: 'a', shape: 'one' } })
    expect(fieldsOf(await errorOf(orchestrate({ template: undefined })))).toEqual(['INVALID /settings/event'])
    expect(fieldsOf(await errorOf(orchestrate({ settings: { batchRows: 'many' } })))).toEqual(['INVALID /settings/batchRows'])
  })
})

describe('the delivery mode', () => {
  test('is one that the destination type has; the others are named', async () => {
    const error = await errorOf(orchestrate({ delivery: undefined }))
    expect(fieldsOf(error)).toEqual(['MODE_NOT_SUPPORTED /delivery/mode'])
    expect(error.detail).toContain('The destination type "feed" does not have the delivery mode "full"; it has append.')
  })

  test.each(['upsert', 'mirror', 'changes'])('%s is of a later version', async (mode) => {
    expect(fieldsOf(await errorOf(orchestrate({ delivery: { mode } })))).toEqual(['NOT_AVAILABLE /delivery/mode'])
  })

  test('is one that there is', async () => {
    const error = await errorOf(orchestrate({ delivery: { mode: 'apend' } }))
    expect(fieldsOf(error)).toEqual(['INVALID /delivery/mode'])
    expect(error.detail).toContain('There is no delivery mode "apend"; this version has full, append.')
    expect(fieldsOf(await errorOf(orchestrate({ delivery: {} })))).toEqual(['INVALID /delivery/mode'])
  })
})

describe('the delivery key', () => {
  test('names columns, each once and as the engine compares them', async () => {
    const refused = async (key: unknown) => fieldsOf(await errorOf(orchestrate({ delivery: { mode: 'append', key } })))
    expect(await refused([])).toEqual(['INVALID /delivery/key'])
    expect(await refused([''])).toEqual(['INVALID /delivery/key/0'])
    expect(await refused('id')).toEqual(['INVALID /delivery/key'])
    expect(await refused(['id', 'country', 'ID'])).toEqual(['INVALID /delivery/key/2'])
    const made = await orchestrate({ delivery: { mode: 'append', key: ['id', 'country'] } })
    expect(made.spec.delivery).toEqual({ mode: 'append', key: ['id', 'country'] })
  })

  test('is not for files yet', async () => {
    const error = await errorOf(
      room.objects.create('orchestration', owner, {
        ...input(documents.orchestration),
        name: 'o',
        delivery: { mode: 'append', key: ['id'] },
      }),
    )
    expect(fieldsOf(error)).toEqual(['NOT_AVAILABLE /delivery/key'])
  })
})
