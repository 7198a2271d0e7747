import { beforeEach, describe, expect, it } from 'vitest'
import { testApi, withConfiguration, type TestApi } from './test-api.ts'

let api: TestApi
beforeEach(async () => {
  api = await withConfiguration(await testApi())
  api.engine.tested.length = 0
})

const gone = { name: 'far', type: 'drop', credential: 'login', settings: { host: 'gone.example' } }
const secrets = { user: 'acme', password: 'hunter2-7f3a' }

describe('saving a destination', () => {
  it('tests the connection with the values that would be saved', async () => {
    const { status } = await api.send('POST', '/destinations', { ...gone, settings: { host: 'near.example' } })
    expect(status).toBe(201)
    expect(api.engine.tested).toEqual([{ type: 'drop', settings: { host: 'near.example' }, secrets, remembered: {} }])
  })

  it('is refused with the error of the failed test, which says how to save anyway', async () => {
    const { status, body } = await api.send('POST', '/destinations', gone)
    expect({ status, code: body['code'] }).toEqual({ status: 502, code: 'DESTINATION_UNREACHABLE' })
    expect(body['detail']).toContain('saveAnyway')
    expect((await api.send('GET', '/destinations/far')).status).toBe(404)
  })

  it('tests nothing where it is to be saved anyway', async () => {
    const { status, body } = await api.send('POST', '/destinations', { ...gone, saveAnyway: true })
    expect({ status, settings: body['settings'] }).toEqual({ status: 201, settings: { host: 'gone.example' } })
    expect(api.engine.tested).toEqual([])
  })

  it('tells a wrong field as such, before anything is tested', async () => {
    const { body } = await api.send('POST', '/destinations', { ...gone, setings: {} })
    expect(body).toMatchObject({ code: 'UNKNOWN_FIELD', errors: [expect.objectContaining({ pointer: '/setings' })] })
    expect(api.engine.tested).toEqual([])
  })

  it('tells a taken name as such, before anything is tested', async () => {
    const { body } = await api.send('POST', '/destinations', { ...gone, name: 'drop' })
    expect(body['code']).toBe('NAME_TAKEN')
    expect(api.engine.tested).toEqual([])
  })
})

describe('changing a destination', () => {
  it('tests the settings that would be saved with the credential that is saved', async () => {
    const failed = await api.send('PATCH', '/destinations/drop', { settings: { host: 'gone.example' } }, { 'if-match': '"1"' })
    expect(failed.body['code']).toBe('DESTINATION_UNREACHABLE')
    expect(api.engine.tested).toEqual([{ type: 'drop', settings: { host: 'gone.example' }, secrets, remembered: {} }])
    expect((await api.send('GET', '/destinations/drop')).body).toMatchObject({ version: 1, settings: { host: 'drop.example' } })
    const saved = await api.send(
      'PATCH',
      '/destinations/drop',
      { settings: { host: 'gone.example' }, saveAnyway: true },
      { 'if-match': '"1"' },
    )
    expect(saved.body).toMatchObject({ version: 2, settings: { host: 'gone.example' } })
  })

  it('knows the facts that were learned under the same settings', async () => {
    await api.send('PATCH', '/destinations/drop', { settings: { host: 'drop.example' } }, { 'if-match': '"1"' })
    expect(api.engine.tested).toEqual([expect.objectContaining({ remembered: { rememberedOf: expect.stringMatching(/^dst_/) } })])
  })

  it('tests nothing where the connection stays as it is, or the version is another one', async () => {
    expect((await api.send('PATCH', '/destinations/drop', { name: 'renamed', description: 'd' }, { 'if-match': '"1"' })).status).toBe(200)
    expect(
      (await api.send('PATCH', '/destinations/renamed', { settings: { host: 'gone.example' } }, { 'if-match': '"1"' })).body['code'],
    ).toBe('VERSION_CONFLICT')
    expect(api.engine.tested).toEqual([])
  })
})

describe('a database', () => {
  it('is tested when it is saved, and on demand', async () => {
    const failed = await api.send('POST', '/databases', { name: 'm', type: 'memory', settings: { path: '/missing' } })
    expect(failed.body['code']).toBe('DATABASE_NOT_FOUND')
    expect(
      (await api.send('POST', '/databases', { name: 'm', type: 'memory', settings: { path: '/missing' }, saveAnyway: true })).status,
    ).toBe(201)
    expect((await api.send('POST', '/databases/m/test')).body['code']).toBe('DATABASE_NOT_FOUND')
    expect((await api.send('POST', '/databases/memory/test')).body).toEqual({ summary: '1 table can be read', facts: { tables: '1' } })
  })
})

describe('a connection that is not saved', () => {
  it('is tested with the secrets of a form, or those of a credential', async () => {
    const settings = { host: 'near.example' }
    await api.send('POST', '/destinations/test', { type: 'drop', settings, secrets: { user: 'u', password: 'p' } })
    await api.send('POST', '/destinations/test', { type: 'drop', settings, credential: 'login' })
    await api.send('POST', '/databases/test', { type: 'memory', settings: { path: '/data' } })
    expect(api.engine.tested).toEqual([
      { type: 'drop', settings, secrets: { user: 'u', password: 'p' }, remembered: {} },
      { type: 'drop', settings, secrets, remembered: {} },
      { type: 'memory', settings: { path: '/data' }, secrets: {} },
    ])
    expect((await api.send('GET', '/destinations')).body['data']).toHaveLength(1)
  })

  it('that failed does not speak of saving', async () => {
    const { body } = await api.send('POST', '/destinations/test', { type: 'drop', settings: { host: 'gone.example' } })
    expect(body['code']).toBe('DESTINATION_UNREACHABLE')
    expect(body['detail']).not.toContain('saveAnyway')
  })
})

describe('applying documents with test: true', () => {
  const documents = [
    { kind: 'destination', name: 'far', type: 'drop', credential: 'new', settings: { host: 'gone.example' } },
    { kind: 'credential', name: 'new', type: 'drop', secrets: { user: 'set', password: { value: 'p4', reference: '${env:P}' } } },
    { kind: 'database', name: 'm', type: 'memory', settings: { path: '/missing' } },
    { kind: 'database', name: 'memory', type: 'memory', settings: { path: '/data' } },
  ]

  it('changes nothing where a test fails, and tells of each that failed', async () => {
    const { status, body } = await api.send('POST', '/configuration/apply', { documents, test: true })
    expect({ status, code: body['code'] }).toEqual({ status: 502, code: 'DESTINATION_UNREACHABLE' })
    expect(body['errors']).toEqual([
      expect.objectContaining({ pointer: '/0', code: 'DESTINATION_UNREACHABLE' }),
      expect.objectContaining({ pointer: '/2', code: 'DATABASE_NOT_FOUND' }),
    ])
    expect((await api.send('GET', '/destinations/far')).status).toBe(404)
    expect((await api.send('GET', '/credentials/new')).status).toBe(404)
  })

  it('tests with the secrets that the documents bring, and what does not change not at all', async () => {
    await api.send('POST', '/configuration/plan', { documents, test: true })
    expect(api.engine.tested).toEqual([
      expect.objectContaining({ settings: { host: 'gone.example' }, secrets: { user: '', password: 'p4' } }),
      expect.objectContaining({ settings: { path: '/missing' } }),
    ])
  })

  it('applies without a test where none is asked for', async () => {
    const { status, body } = await api.send('POST', '/configuration/apply', { documents: documents.toReversed() })
    expect({ status, changes: (body['changes'] as unknown[]).length }).toEqual({ status: 200, changes: 3 })
    expect(api.engine.tested).toEqual([])
    expect((await api.send('POST', '/configuration/plan', { documents: documents.toReversed() })).body).toEqual({ changes: [] })
  })
})
