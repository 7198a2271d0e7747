import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { problemSchema } from '../../src/server/api-schemas.ts'
import { SegueError } from '../../src/contract/errors.ts'
import { testApi, withConfiguration, type TestApi } from './test-api.ts'

const canary = 'canary-5b1f9c3e7a'
let api: TestApi
beforeAll(async () => {
  const doctor = () => Promise.reject(new Error(`connection refused: postgres://u:${canary}@db`))
  api = await withConfiguration(await testApi({ doctor }))
})
afterAll(async () => api.server.close())

describe('a request that cannot be read', () => {
  it.each<[string, string | Record<string, unknown>, number, string]>([
    ['that is not JSON', '{"a":', 400, 'BODY_INVALID'],
    ['that means to change prototypes', '{"__proto__": {"a": 1}}', 400, 'BODY_INVALID'],
    ['with a number that would be rounded', '{"values": {"id": 9007199254740993}, "limit": 1}', 400, 'BODY_INVALID'],
    ['that is a list', '[]', 422, 'INVALID'],
    ['with a field that is not known', { limt: 3 }, 422, 'UNKNOWN_FIELD'],
    ['with a value of another type', { limit: 'many' }, 422, 'INVALID'],
  ])('%s', async (_what, sent, status, code) => {
    const answer = await api.send('POST', '/queries/customers/preview', sent)
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code })
    expect(problemSchema.strict().safeParse(answer.body).success).toBe(true)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  it('is told of each field, with the name that was probably meant', async () => {
    const { body } = await api.send('POST', '/queries/preview', {
      database: 'memory',
      sql: 'SELECT 1',
      paramters: {},
      parameters: { a: { type: 'txt' } },
    })
    expect(body['errors']).toEqual([
      expect.objectContaining({ pointer: '/parameters/a/type' }),
      expect.objectContaining({ pointer: '/paramters', message: expect.stringContaining('Did you mean "parameters"?') }),
    ])
  })

  it('is told of the number as it was written', async () => {
    const { body } = await api.send('POST', '/queries/customers/preview', '{"values": {"id": 123456789012345678901}}')
    expect(body['detail']).toContain('123456789012345678901')
  })

  it('may hold long digits as text, and numbers that are kept exactly', async () => {
    const { status } = await api.send(
      'POST',
      '/queries/customers/preview',
      '{"values": {"id": "9007199254740993", "exact": 9007199254740991}}',
    )
    expect(status).toBe(200)
    expect(api.engine.previewed.at(-1)?.parameters).toEqual({ id: '9007199254740993', exact: 9007199254740991 })
  })

  it('is told when its bytes are not UTF-8', async () => {
    const payload = Buffer.concat([Buffer.from('{"values": {"name": "'), Buffer.from([0xc3, 0x28]), Buffer.from('"}}')])
    const answer = await api.server.inject({
      method: 'POST',
      url: '/api/v1/queries/customers/preview',
      headers: { 'content-type': 'application/json' },
      payload,
    })
    expect(answer.json()).toMatchObject({ code: 'BODY_INVALID', detail: expect.stringContaining('UTF-8') })
  })

  it('may leave an empty body out or send it as JSON', async () => {
    expect((await api.send('POST', '/queries/customers/preview')).status).toBe(200)
    expect((await api.send('POST', '/queries/customers/preview', '', { 'content-type': 'application/json' })).status).toBe(200)
  })
})

it('every problem has the id under which the log has the request', async () => {
  const { body, headers } = await api.send('GET', '/queries/nix')
  expect(body['requestId']).toMatch(/^req_/)
  expect(headers['x-request-id']).toBe(body['requestId'])
  expect(api.logged.join('')).toContain(String(body['requestId']))
})

it('a client cannot choose the id of its request', async () => {
  const { body } = await api.send('GET', '/queries/nix', undefined, { 'request-id': 'chosen', 'x-request-id': 'chosen' })
  expect(body['requestId']).not.toBe('chosen')
})

it('an unexpected error tells nothing, and is logged', async () => {
  const { status, text, body } = await api.send('GET', '/doctor')
  expect(status).toBe(500)
  expect(body).toMatchObject({ code: 'INTERNAL', detail: 'An unexpected error; the log has the details.' })
  expect(text).not.toContain(canary)
  expect(text).not.toContain('postgres')
  const line = api.logged.find((each) => each.includes('connection refused'))
  expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 50, reqId: body['requestId'] })
})

it('an answer that is not as it is declared is an unexpected error, and not sent', async () => {
  const broken = await testApi()
  const run = { ...(await broken.engine.list({ limit: 1 })), secret: canary }
  broken.engine.get = () => Promise.resolve(run as never)
  const { status, body, text } = await broken.send('GET', '/runs/x')
  expect({ status, code: body['code'] }).toEqual({ status: 500, code: 'INTERNAL' })
  expect(text).not.toContain(canary)
  await broken.server.close()
})

it.each([
  ['STORE_UNAVAILABLE', 503, '5'],
  ['DATABASE_BUSY', 503, '5'],
] as const)('%s says when to ask again', async (code, status, seconds) => {
  const other = await testApi()
  other.engine.get = () => Promise.reject(new SegueError(code, 'Not now.'))
  const answer = await other.send('GET', '/runs/x')
  expect({ status: answer.status, after: answer.headers['retry-after'] }).toEqual({ status, after: seconds })
  await other.server.close()
})

it('a secret that is sent is in no answer and in no line of the log', async () => {
  const secret = `${canary}-secret-9d2`
  const made = await api.send('POST', '/credentials', {
    name: 'k',
    type: 'drop',
    secrets: { user: 'u', password: { value: secret, reference: '${env:P}' } },
  })
  const answers = [
    made,
    await api.send('POST', '/credentials', { name: 'k', type: 'drop', secrets: { password: secret } }),
    await api.send('POST', '/credentials', { name: 'k2', type: 'drop', secrets: { password: [secret] } }),
    await api.send('POST', '/credentials', { name: 'k3', type: 'drop', secrets: secret }),
    await api.send('POST', '/credentials', `{"name": "k4", "secrets": {"password": "${secret}"`),
    await api.send('POST', '/credentials', { name: 'k5', type: 'drop', secrets: { password: secret } }, { 'content-type': 'text/plain' }),
    await api.send('PATCH', '/credentials/k', { secrets: { password: `${secret}2` } }, { 'if-match': '"1"' }),
    await api.send('POST', '/destinations/test', {
      type: 'drop',
      settings: { host: 'gone.example' },
      secrets: { user: 'u', password: secret },
    }),
    await api.send('POST', '/configuration/apply', {
      documents: [{ kind: 'credential', name: 'k6', type: 'drop', secrets: { password: 5, user: secret } }],
    }),
    await api.send('GET', '/credentials/k'),
    await api.send('GET', '/credentials'),
    await api.send('GET', '/configuration/export'),
  ]
  expect(made.status).toBe(201)
  expect(
    [...api.objects.secretValues.values()].some((values) => JSON.stringify(values).includes(secret)),
    'it arrived',
  ).toBe(true)
  for (const { text, headers } of answers) expect(text + JSON.stringify(headers)).not.toContain(canary)
  expect(api.logged.length).toBeGreaterThan(answers.length)
  expect(api.logged.filter((line) => line.includes(`${canary}-secret`))).toEqual([])
})

it('the log has the paths of requests without what was searched', async () => {
  await api.send('GET', '/queries?search=Ada%20Lovelace')
  expect(api.logged.join('')).toContain('/api/v1/queries')
  expect(api.logged.join('')).not.toContain('Lovelace')
})
