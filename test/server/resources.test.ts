import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/contract/ids.ts'
import { answerSchemas } from '../../src/server/object-answers.ts'
import { testApi, withConfiguration, type TestAnswer, type TestApi } from './test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await withConfiguration(await testApi())
})
afterAll(async () => api.server.close())

const kinds = [
  ['database', 'databases', 'memory'],
  ['credential', 'credentials', 'login'],
  ['query', 'queries', 'customers'],
  ['export', 'exports', 'shop'],
  ['destination', 'destinations', 'drop'],
  ['template', 'templates', 'csv'],
  ['orchestration', 'orchestrations', 'nightly'],
] as const

function codeOf({ status, body }: TestAnswer): { status: number; code: unknown } {
  return { status, code: body['code'] }
}

describe.each(kinds)('a %s', (kind, path, name) => {
  it('is shown by name and by id, exactly as it is declared, with its version as ETag', async () => {
    const byName = await api.send('GET', `/${path}/${name}`)
    const byId = await api.send('GET', `/${path}/${String(byName.body['id'])}`)
    expect(byId.body).toEqual(byName.body)
    expect(byName.headers['etag']).toBe(`"${String(byName.body['version'])}"`)
    expect(answerSchemas[kind].strict().safeParse(byName.body).error).toBeUndefined()
  })

  it('is changed and deleted only by somebody who says which version is meant, and knows the newest', async () => {
    const name = `another ${kind}`
    const { body: first } = await api.send('GET', `/${path}`)
    const [original] = first['data'] as { id: string }[]
    const made = await api.objects.create(kind, { id: 'owner', name: 'owner' }, await documentOf(kind, original?.id ?? '', name))
    const at = `/${path}/${made.id}`
    const patch = { description: 'changed' }

    expect(codeOf(await api.send('PATCH', at, patch))).toEqual({ status: 428, code: 'VERSION_REQUIRED' })
    expect(codeOf(await api.send('PATCH', at, patch, { 'if-match': '"7"' }))).toEqual({ status: 412, code: 'VERSION_CONFLICT' })
    const changed = await api.send('PATCH', at, patch, { 'if-match': '"1"' })
    expect(changed.body).toMatchObject({ name, description: 'changed', version: 2 })
    expect(changed.headers['etag']).toBe('"2"')

    expect(codeOf(await api.send('DELETE', at))).toEqual({ status: 428, code: 'VERSION_REQUIRED' })
    expect(codeOf(await api.send('DELETE', at, undefined, { 'if-match': '"1"' }))).toEqual({ status: 412, code: 'VERSION_CONFLICT' })
    expect(await api.send('DELETE', at, undefined, { 'if-match': '"2"' })).toMatchObject({ status: 204, text: '' })
    expect(codeOf(await api.send('GET', at))).toEqual({ status: 404, code: 'NOT_FOUND' })
  })

  it('is answered when it is made, with its place and ETag', async () => {
    const { body } = await api.send('GET', `/${path}/${name}`)
    const made = await api.send('POST', `/${path}`, await documentOf(kind, String(body['id']), `made ${kind}`))
    expect({ status: made.status, etag: made.headers['etag'], location: made.headers['location'] }).toEqual({
      status: 201,
      etag: '"1"',
      location: `/api/v1/${path}/${String(made.body['id'])}`,
    })
  })
})

/** A document like that of the object, under another name. */
async function documentOf(kind: (typeof kinds)[number][0], id: string, name: string): Promise<Record<string, unknown>> {
  const { spec } = await api.objects.get(kind, id)
  const values: Record<string, unknown> = { ...spec, ...('active' in spec ? spec.active : {}) }
  const object = 'object' in spec ? { [spec.object.kind]: spec.object.id } : {}
  const { active: _active, draft: _draft, object: _object, ...rest } = values
  return { ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)), ...object, name }
}

it('references are answered as id and name, and what uses an object with it', async () => {
  const { body: orchestration } = await api.send('GET', '/orchestrations/nightly')
  expect(orchestration).toMatchObject({
    query: { name: 'customers' },
    export: null,
    destination: { name: 'drop' },
    template: { name: 'csv' },
  })
  const { body: query } = await api.send('GET', `/queries/${(orchestration['query'] as { id: string }).id}`)
  expect(query).toMatchObject({
    name: 'customers',
    database: { name: 'memory' },
    usedBy: expect.arrayContaining([expect.objectContaining({ kind: 'orchestration', name: 'nightly' })]),
  })
})

it('a credential shows that its secrets are set, and nothing of them', async () => {
  const { body, text } = await api.send('GET', '/credentials/login')
  expect(body['secrets']).toEqual({
    user: { set: true, last4: 'acme', reference: null, updatedAt: '2026-11-24T08:00:00.000Z' },
    password: { set: true, last4: '7f3a', reference: null, updatedAt: '2026-11-24T08:00:00.000Z' },
  })
  expect(text).not.toContain('hunter2')
})

it('names with slashes, blanks, dots and signs of any script are addresses when they are encoded', async () => {
  for (const name of ['a/b', 'été à la carte', '..', 'x'.repeat(200), '日本'.repeat(100), 'test', '%2F', 'a?b#c']) {
    const made = await api.send('POST', '/templates', { name, type: 'file' })
    expect(made.status, name).toBe(201)
    const shown = await api.send('GET', `/templates/${encodeURIComponent(name)}`)
    // A segment of two dots is taken out of every URL by those who send it: such an object is reached by its id.
    if (name === '..') expect((await api.send('GET', `/templates/${String(made.body['id'])}`)).body['name']).toBe('..')
    else expect(shown.body['name']).toBe(name)
  }
})

it('a list is paged: every object once, in order, and the last page says so', async () => {
  for (let number = 0; number < 7; number++) await api.send('POST', '/templates', { name: `page ${number}`, type: 'file' })
  const seen: string[] = []
  let cursor: unknown = undefined
  for (let page = 0; page < 3; page++) {
    const query = `limit=3&search=page%20${cursor === undefined ? '' : `&cursor=${encodeURIComponent(String(cursor))}`}`
    const { body } = await api.send('GET', `/templates?${query}`)
    seen.push(...(body['data'] as { name: string }[]).map(({ name }) => name))
    cursor = body['nextCursor']
    expect(body['hasMore']).toBe(page < 2)
    expect(cursor === null).toBe(page === 2)
  }
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].map((number) => `page ${number}`))
})

it.each(['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'limit=1&limit=2', 'sort=name', 'cursor='])(
  'a list asked for with %s is refused',
  async (query) => {
    expect((await api.send('GET', `/queries?${query}`)).status).toBe(422)
    expect((await api.send('GET', `/runs?${query}`)).status).toBe(422)
  },
)

describe('the life cycle of a query', () => {
  it('activates, discards and restores, at the version that is meant', async () => {
    const { body: made } = await api.send('POST', '/queries', { name: 'cycle', database: 'memory', sql: 'SELECT 1' })
    expect(made).toMatchObject({ status: 'draft', sql: 'SELECT 1', draft: null })
    expect(codeOf(await api.send('POST', '/queries/cycle/activate', undefined, { 'if-match': '"9"' }))).toEqual({
      status: 412,
      code: 'VERSION_CONFLICT',
    })
    const active = await api.send('POST', '/queries/cycle/activate', undefined, { 'if-match': '"1"' })
    expect(active.body).toMatchObject({ status: 'active', version: 2, draft: null })
    const restored = await api.send('POST', '/queries/cycle/restore', { revision: 1 })
    expect(restored.body).toMatchObject({ status: 'active', version: 3, draft: { sql: 'SELECT 1', database: { name: 'memory' } } })
    const discarded = await api.send('POST', '/queries/cycle/discard', undefined, { 'if-match': '*' })
    expect(discarded.body).toMatchObject({ version: 4, draft: null })
    expect(codeOf(await api.send('POST', '/queries/cycle/discard'))).toEqual({ status: 409, code: 'NO_DRAFT' })
    expect(codeOf(await api.send('POST', '/queries/cycle/restore', { revision: 0 }))).toEqual({ status: 422, code: 'INVALID' })
    const { body } = await api.send('GET', '/queries/cycle/revisions')
    expect((body['data'] as { number: number }[]).map(({ number }) => number)).toEqual([1, 2, 3, 4])
  })
})

describe('looking at rows', () => {
  it('previews SQL with its parameters, and the rows come as exact text', async () => {
    const body = {
      database: 'memory',
      sql: 'SELECT $n',
      parameters: { n: { type: 'integer' } },
      values: { n: '9007199254740993' },
      limit: 5,
    }
    const answer = await api.send('POST', '/queries/preview', body)
    expect(answer.body).toEqual({ columns: [{ name: 'n', type: 'BIGINT' }], rows: [['9007199254740993'], [null]], tookMs: 1.5 })
    expect(api.engine.previewed.at(-1)).toMatchObject({ sql: 'SELECT $n', parameters: { n: '9007199254740993' }, limit: 5 })
  })

  it('previews of a query what runs use, or its draft', async () => {
    await api.send('POST', '/queries', { name: 'edited', database: 'memory', sql: 'SELECT 1', status: 'active' })
    expect(codeOf(await api.send('POST', '/queries/edited/preview', { draft: true }))).toEqual({ status: 409, code: 'NO_DRAFT' })
    await api.send('POST', '/queries/edited/preview', {})
    expect(api.engine.previewed.at(-1)).toMatchObject({ sql: 'SELECT 1', limit: 100 })
    await api.send('POST', '/queries/edited/restore', { revision: 1 })
    expect((await api.send('POST', '/queries/edited/preview', { draft: true })).status).toBe(200)
  })

  it('lists tables and samples one by any name', async () => {
    expect((await api.send('GET', '/databases/memory/tables')).body).toEqual({
      data: [{ name: 'a/b', columns: [{ name: 'n', type: 'BIGINT' }], rows: 2 }],
    })
    expect((await api.send('GET', '/databases/memory/tables/a%2Fb/sample?limit=2')).body['rows']).toHaveLength(2)
    expect(codeOf(await api.send('GET', '/databases/memory/tables/nix/sample'))).toEqual({ status: 422, code: 'TABLE_NOT_FOUND' })
    expect((await api.send('GET', '/databases/memory/tables/a%2Fb/sample?limit=1001')).status).toBe(422)
  })
})

describe('orchestrations', () => {
  it('start a run once for one Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'k-1' }
    const first = await api.send('POST', '/orchestrations/nightly/runs', {}, key)
    expect(first).toMatchObject({ status: 202, headers: { location: `/api/v1/runs/${String(first.body['id'])}` } })
    expect(await api.send('GET', String(first.headers['location']).replace('/api/v1', ''))).toMatchObject({ status: 200, body: first.body })
    const again = await api.send('POST', '/orchestrations/nightly/runs', undefined, key)
    expect(again.body).toEqual(first.body)
    expect(codeOf(await api.send('POST', '/orchestrations/nightly/runs', {}, { 'idempotency-key': 'k-2' }))).toEqual({
      status: 409,
      code: 'RUN_ACTIVE',
    })
    expect(codeOf(await api.send('POST', '/orchestrations/nightly/runs'))).toEqual({ status: 409, code: 'RUN_ACTIVE' })
    expect(codeOf(await api.send('POST', '/orchestrations/nightly/runs', { fast: true }))).toEqual({ status: 422, code: 'UNKNOWN_FIELD' })
    expect(await api.send('POST', `/runs/${String(first.body['id'])}/cancel`)).toMatchObject({ status: 202, body: { state: 'cancelling' } })
  })

  it('are copied under the next free name, or the one that is asked for', async () => {
    const first = await api.send('POST', '/orchestrations/nightly/duplicate')
    const second = await api.send('POST', '/orchestrations/nightly/duplicate', {})
    expect([first.status, first.body['name'], second.body['name']]).toEqual([201, 'nightly copy', 'nightly copy 2'])
    const { body: original } = await api.send('GET', '/orchestrations/nightly')
    const { id: _id, name: _name, usedBy: _usedBy, ...same } = original
    expect(first.body).toMatchObject(same)
    expect((await api.send('POST', '/orchestrations/nightly/duplicate', { name: 'mine' })).body['name']).toBe('mine')
    expect(codeOf(await api.send('POST', '/orchestrations/nightly/duplicate', { name: 'mine' }))).toEqual({
      status: 409,
      code: 'NAME_TAKEN',
    })
  })

  it('show their settings with what set each, and which are open', async () => {
    const { body } = await api.send('GET', '/orchestrations/nightly/settings')
    expect(body['data']).toEqual(
      expect.arrayContaining([
        { name: 'host', value: 'drop.example', setBy: 'destination drop', layer: 'destination', open: false },
        { name: 'fileName', value: 'a.csv', setBy: 'orchestration nightly', layer: 'orchestration', open: true },
        { name: 'format', value: 'csv', setBy: null, layer: null, open: true },
      ]),
    )
    expect(Object.keys((body['schema'] as { properties: object }).properties)).toEqual(['format', 'fileName'])
  })

  it('show what they would send', async () => {
    expect((await api.send('POST', '/orchestrations/nightly/preview')).body).toMatchObject({
      destination: 'drop',
      datasets: [{ fileName: 'q.csv', lines: ['n', '1'] }],
    })
  })
})

it('runs are listed newest first, by orchestration and state, over several pages', async () => {
  const other = await withConfiguration(await testApi())
  const started: unknown[] = []
  for (let number = 0; number < 5; number++) {
    await other.send('POST', '/orchestrations/nightly/duplicate', { name: `copy ${number}` })
    started.unshift((await other.send('POST', `/orchestrations/copy%20${number}/runs`)).body['id'])
  }
  const first = await other.send('GET', '/runs?limit=3')
  const second = await other.send('GET', `/runs?limit=3&cursor=${String(first.body['nextCursor'])}`)
  const ids = [first, second].flatMap(({ body }) => (body['data'] as { id: string }[]).map(({ id }) => id))
  expect(ids).toEqual(started)
  expect([first.body['hasMore'], second.body['hasMore'], second.body['nextCursor']]).toEqual([true, false, null])
  expect((await other.send('GET', '/runs?orchestration=copy%203')).body['data']).toHaveLength(1)
  expect((await other.send('GET', '/runs?state=failed')).body['data']).toEqual([])
  expect((await other.send('GET', '/runs?state=nix')).status).toBe(422)
  await other.server.close()
})

it('a run that nobody knows is not there, whatever is asked of it', async () => {
  const id = newId('run')
  for (const [method, path] of [
    ['GET', `/runs/${id}`],
    ['POST', `/runs/${id}/cancel`],
    ['GET', `/runs/${id}/events`],
  ] as const) {
    expect(codeOf(await api.send(method, path)), path).toEqual({ status: 404, code: 'NOT_FOUND' })
  }
})

it('HEAD tells the version without the object', async () => {
  expect(await api.send('HEAD', '/queries/customers')).toMatchObject({ status: 200, text: '', headers: { etag: '"1"' } })
})

it('health tells that the server answers', async () => {
  expect(await api.send('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok', version: '1.2.3' } })
  expect((await api.send('GET', '/doctor')).body).toEqual({ checks: [{ name: 'store', status: 'ok', detail: 'answers' }] })
})
