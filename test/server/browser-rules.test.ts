import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testApi, withConfiguration, type TestApi } from './test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await withConfiguration(await testApi())
})
afterAll(async () => api.server.close())

describe('what a page of another site can do', () => {
  it.each([
    ['point its name at this machine', 'GET', '/health', { host: 'evil.example' }],
    ['start a run', 'POST', '/orchestrations/nightly/runs', { origin: 'https://evil.example' }],
    ['start a run with a hidden origin', 'POST', '/orchestrations/nightly/runs', { origin: 'null' }],
    ['start a run as the browser says it is', 'POST', '/orchestrations/nightly/runs', { 'sec-fetch-site': 'cross-site' }],
    ['watch a run', 'GET', '/runs/x/events', { origin: 'https://evil.example' }],
    ['make the server read a database', 'GET', '/databases/memory/tables', { 'sec-fetch-site': 'cross-site' }],
    ['learn which paths there are', 'GET', '/nix', { host: 'evil.example' }],
  ] as const)('it cannot %s', async (_what, method, path, headers) => {
    const { status, body } = await api.send(method, path, undefined, headers)
    expect({ status, code: body['code'] }).toEqual({ status: 403, code: 'HOST_REFUSED' })
    expect((await api.send('GET', '/runs')).body['data']).toEqual([])
  })

  it('it cannot ask whether it may', async () => {
    const answer = await api.server.inject({
      method: 'OPTIONS',
      url: '/api/v1/queries',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })
    expect(answer.statusCode).toBe(403)
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

describe('bodies', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain, application/json', ''])(
    'of the type %j are refused',
    async (type) => {
      const { status, body } = await api.send('POST', '/queries/preview', '{"database":"memory","sql":"SELECT 1"}', {
        'content-type': type,
      })
      expect({ status, code: body['code'] }).toEqual({ status: 415, code: 'MEDIA_TYPE' })
    },
  )

  it('of JSON are taken, with or without a charset', async () => {
    const body = { database: 'memory', sql: 'SELECT 1' }
    expect((await api.send('POST', '/queries/preview', body)).status).toBe(200)
    expect((await api.send('POST', '/queries/preview', body, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200)
  })

  it('of more than 5 MB are refused', async () => {
    const { status, body } = await api.send('POST', '/queries/preview', { database: 'memory', sql: 'x'.repeat(5 * 1024 * 1024) })
    expect({ status, code: body['code'] }).toEqual({ status: 413, code: 'TOO_LARGE' })
  })
})

it.each(['/health', '/nix', '/queries/nix', '/openapi.json'])('the answer to %s is data and nothing else to a browser', async (path) => {
  const { headers } = await api.send('GET', path)
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
  })
  expect(headers).not.toHaveProperty('access-control-allow-origin')
})
