/** The server over the real rules of configuration and the real connectors; nothing is connected to. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createServer } from '../../src/server/server.ts'
import { clearObjects, owner, registryWithFeed as registry, testObjects, type ObjectsInStore } from '../helpers/objects.ts'
import { standInEngine, type StandInEngine } from './stand-in-engine.ts'
import { sender, type TestApi } from './test-api.ts'

const secret = 'canary-5b1f9c3e7a-real'
let room: ObjectsInStore
let engine: StandInEngine
let send: TestApi['send']
const logged: string[] = []
beforeAll(async () => {
  room = await testObjects({ registry })
  engine = standInEngine(room.objects)
  const log = { write: (line: string) => void logged.push(line) }
  const server = await createServer({
    objects: room.objects,
    engine,
    registry,
    actor: owner,
    log,
    version: '0',
    doctor: async () => ({ checks: [] }),
  })
  send = sender(server)
  afterAll(async () => server.close())
})

beforeEach(async () => {
  await clearObjects(room)
  engine.tested.length = 0
  for (const [path, body] of [
    ['databases', { name: 'shop', type: 'duckdb', settings: { path: '/data/shop' } }],
    ['credentials', { name: 'login', type: 'sftp', secrets: { user: 'acme', password: secret } }],
    ['queries', { name: 'customers', database: 'shop', sql: 'SELECT 1', status: 'active' }],
    ['exports', { name: 'all', database: 'shop', tables: 'all', status: 'active' }],
    ['destinations', { name: 'out', type: 'local', description: 'd', settings: { folder: '/out' } }],
    ['templates', { name: 'csv', type: 'file', settings: { format: 'csv' }, mapping: [{ from: 'a' }] }],
    ['orchestrations', { name: 'nightly', query: 'customers', destination: 'out', template: 'csv', settings: { fileName: 'a.csv' } }],
  ] as const) {
    expect(await send('POST', `/${path}`, body)).toMatchObject({ status: 201 })
  }
})

describe('what is wrong is told at the place that was sent', () => {
  it.each<[string, Record<string, unknown>, string, string[]]>([
    ['a setting', { settings: { foldr: '/x' } }, 'INVALID', ['/settings/foldr', '/settings/folder']],
    ['a field', { settings: { folder: '/x' }, setings: {} }, 'UNKNOWN_FIELD', ['/setings']],
    ['a field of later', { settings: { folder: '/x' }, placement: 'here' }, 'NOT_AVAILABLE', ['/placement']],
    ['a limit of requests', { settings: { folder: '/x' }, limits: { parallel: 2 } }, 'INVALID', ['/limits/parallel']],
    ['a type', { type: 'locale', settings: {} }, 'INVALID', ['/type']],
  ])('%s of a destination, made or changed', async (_what, part, code, pointers) => {
    const made = await send('POST', '/destinations', { name: 'new', type: 'local', ...part })
    const { type, ...change } = part
    const changed = type === undefined ? await send('PATCH', '/destinations/out', change, { 'if-match': '"1"' }) : made
    for (const { body } of [made, changed]) {
      expect(body['code']).toBe(code)
      expect((body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(pointers)
      expect(body['detail']).not.toContain('/0/')
    }
    expect(engine.tested.length, 'only what the beforeEach saved was tested').toBe(2)
  })

  it('a secret of a form', async () => {
    const { body } = await send('POST', '/destinations/test', {
      type: 'sftp',
      settings: { host: 'h', folder: '/x' },
      secrets: { user: 'u', passwrd: secret },
    })
    expect(body).toMatchObject({ code: 'UNKNOWN_FIELD', errors: [expect.objectContaining({ pointer: '/secrets/passwrd' })] })
  })

  it('a mode of later, of an orchestration', async () => {
    const { body } = await send('POST', '/orchestrations', {
      name: 'o',
      query: 'customers',
      destination: 'out',
      delivery: { mode: 'upsert' },
      timeLimit: '2h',
    })
    expect(body['code']).toBe('NOT_AVAILABLE')
  })
})

it('a change leaves what it does not name, and null takes away', async () => {
  const renamed = await send('PATCH', '/templates/csv', { name: 'renamed' }, { 'if-match': '"1"' })
  expect(renamed.body).toMatchObject({ name: 'renamed', settings: { format: 'csv' }, mapping: [{ from: 'a' }], version: 2 })
  const cleared = await send('PATCH', '/templates/renamed', { mapping: null }, { 'if-match': '"2"' })
  expect(cleared.body).toMatchObject({ settings: { format: 'csv' }, mapping: null })
  expect((await send('GET', '/orchestrations/nightly')).body).toMatchObject({ template: { name: 'renamed' } })
})

it('limits, unknown parts, delivery, retry and priority are answered whole, changed one by one, and copied', async () => {
  const destination = await send('PATCH', '/destinations/out', { limits: { runs: 3 }, onUnknown: 'hold' }, { 'if-match': '"1"' })
  expect(destination.body).toMatchObject({ limits: { runs: 3 }, onUnknown: 'hold', settings: { folder: '/out' } })
  expect(engine.tested, 'a limit is no part of a connection').toHaveLength(2)
  expect((await send('GET', '/orchestrations/nightly')).body).toMatchObject({
    delivery: { mode: 'full' },
    retry: { attempts: 5, within: '6h' },
    priority: 0,
  })
  const policies = { delivery: { mode: 'append' }, retry: { within: '2d' }, priority: 10 }
  const changed = await send('PATCH', '/orchestrations/nightly', policies, { 'if-match': '"1"' })
  const answered = { delivery: { mode: 'append' }, retry: { attempts: 5, within: '2d' }, priority: 10 }
  expect(changed.body).toMatchObject(answered)
  expect((await send('POST', '/orchestrations/nightly/duplicate')).body).toMatchObject({ name: 'nightly copy', ...answered })
  const back = await send('PATCH', '/orchestrations/nightly', { retry: null }, { 'if-match': '"2"' })
  expect(back.body).toMatchObject({ retry: { attempts: 5, within: '6h' }, priority: 10 })
})

it('a change of an active query waits in its draft, and both are shown', async () => {
  const { body } = await send('PATCH', '/queries/customers', { sql: 'SELECT 2' }, { 'if-match': '"1"' })
  expect(body).toMatchObject({ status: 'active', sql: 'SELECT 1', draft: { sql: 'SELECT 2', database: { name: 'shop' } } })
  await send('POST', '/queries/customers/preview', {})
  await send('POST', '/queries/customers/preview', { draft: true })
  expect(engine.previewed.slice(-2).map(({ sql }) => sql)).toEqual(['SELECT 1', 'SELECT 2'])
  expect((await send('POST', '/queries/customers/activate', undefined, { 'if-match': '"2"' })).body).toMatchObject({
    sql: 'SELECT 2',
    draft: null,
  })
})

it('what is exported is what a plan finds unchanged', async () => {
  const { body } = await send('GET', '/configuration/export')
  expect(body['documents']).toHaveLength(7)
  expect(await send('POST', '/configuration/plan', { documents: body['documents'], test: true })).toMatchObject({
    status: 200,
    body: { changes: [] },
  })
  expect(await send('POST', '/configuration/apply', { documents: body['documents'] })).toMatchObject({ status: 200, body: { changes: [] } })
})

it('pages go on where the last one ended, whatever the names are', async () => {
  const names = ['a', 'A', 'é', 'zz', '1', 'Z', '_', 'b c']
  for (const name of names) expect((await send('POST', '/templates', { name, type: 'file' })).status).toBe(201)
  const seen: string[] = []
  for (let cursor = ''; ;) {
    const { body } = await send('GET', `/templates?limit=2${cursor}`)
    seen.push(...(body['data'] as { name: string }[]).map(({ name }) => name))
    if (body['hasMore'] !== true) break
    cursor = `&cursor=${encodeURIComponent(String(body['nextCursor']))}`
  }
  expect(seen.toSorted()).toEqual([...names, 'csv'].toSorted())
  expect((await send('GET', '/templates?cursor=nonsense')).body['code']).toBe('INVALID')
})

it('the settings of an orchestration are all that its destination declares', async () => {
  const { body } = await send('GET', '/orchestrations/nightly/settings')
  const settings = body['data'] as { name: string; layer: string | null; open: boolean }[]
  expect(settings.map(({ name }) => name)).toEqual(Object.keys(registry.destinations.get('local')?.settings ?? {}))
  expect(settings).toEqual(
    expect.arrayContaining([
      { name: 'folder', value: '/out', setBy: 'destination out', layer: 'destination', open: false },
      { name: 'format', value: 'csv', setBy: 'template csv', layer: 'template', open: false },
      { name: 'fileName', value: 'a.csv', setBy: 'orchestration nightly', layer: 'orchestration', open: true },
    ]),
  )
})

it('the definitions of every connector are JSON Schemas with what forms need', async () => {
  const { status, body } = await send('GET', '/definitions')
  expect(status).toBe(200)
  expect(body['templates']).toContainEqual(expect.objectContaining({ type: 'file', serves: { kind: 'file' } }))
  expect(body['templates']).toContainEqual(expect.objectContaining({ type: 'feed', serves: { type: 'feed' } }))
  const destinations = body['destinations'] as { type: string; settings: { properties: Record<string, { title?: string }> } }[]
  expect(destinations.map(({ type }) => type)).toEqual([...registry.destinations.keys()])
  for (const { settings } of destinations)
    for (const [name, { title }] of Object.entries(settings.properties)) expect(title, name).toEqual(expect.any(String))
})

it('a secret is in no answer, no revision and no line of the log', async () => {
  const answers = [
    await send('GET', '/credentials/login'),
    await send('PATCH', '/credentials/login', { secrets: { password: `${secret}-2` } }, { 'if-match': '"1"' }),
    await send('PATCH', '/credentials/login', { secrets: { pasword: `${secret}-3` } }, { 'if-match': '"2"' }),
    await send('POST', '/destinations', { name: 's', type: 'sftp', credential: 'login', settings: { host: 'gone.example', folder: '/' } }),
    await send('POST', '/configuration/plan', {
      documents: [{ kind: 'credential', name: 'login', type: 'sftp', secrets: { user: 'x', password: `${secret}-4` } }],
    }),
    await send('GET', '/configuration/export'),
  ]
  expect(answers[3]?.body['code']).toBe('DESTINATION_UNREACHABLE')
  expect(engine.tested.at(-1)?.secrets['password'], 'the connection got it').toBe(`${secret}-2`)
  for (const { text } of answers) expect(text).not.toContain('canary-5b1f9c3e7a')
  expect(logged.filter((line) => line.includes('canary-5b1f9c3e7a'))).toEqual([])
})
