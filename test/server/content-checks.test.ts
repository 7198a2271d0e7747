/** Queries and exports are checked before they become active; over a stand-in of the engine, and over real rules. */
import { beforeEach, expect, it } from 'vitest'
import { testApi, withConfiguration, type TestApi } from './test-api.ts'

let api: TestApi
beforeEach(async () => {
  api = await withConfiguration(await testApi())
})

const wrong = { name: 'wrong', database: 'memory', sql: 'SELCT 1' }

it('a draft may be anything; to activate it, it must be able to run', async () => {
  expect((await api.send('POST', '/queries', wrong)).status).toBe(201)
  const { status, body } = await api.send('POST', '/queries/wrong/activate')
  expect({ status, body }).toMatchObject({ status: 422, body: { code: 'SQL_SYNTAX', line: 1, column: 1 } })
  expect(body['detail']).toMatch(/SELCT.*saveAnyway/)
  expect((await api.send('GET', '/queries/wrong')).body).toMatchObject({ status: 'draft' })
})

it('what is activated anyway is not checked', async () => {
  await api.send('POST', '/queries', wrong)
  expect((await api.send('POST', '/queries/wrong/activate', { saveAnyway: true })).body).toMatchObject({ status: 'active' })
})

it('what is made active at once is checked, too', async () => {
  expect((await api.send('POST', '/queries', { ...wrong, status: 'active' })).body).toMatchObject({ code: 'SQL_SYNTAX' })
  expect((await api.send('GET', '/queries/wrong')).status).toBe(404)
  expect((await api.send('POST', '/queries', { ...wrong, status: 'active', saveAnyway: true })).status).toBe(201)
})

it('what is not right in itself is told as such, before it is checked', async () => {
  const { body } = await api.send('POST', '/queries', { ...wrong, status: 'active', sqll: 'x' })
  expect(body).toMatchObject({ code: 'UNKNOWN_FIELD', errors: [expect.objectContaining({ pointer: '/sqll' })] })
  expect((await api.send('POST', '/queries', { ...wrong, database: 'none', status: 'active' })).body['code']).not.toBe('SQL_SYNTAX')
})

it('apply with test: true checks what becomes active on a database that the same documents make, and changes nothing where it fails', async () => {
  const documents = [
    { kind: 'query', ...wrong, database: 'new', status: 'active' },
    { kind: 'query', ...wrong, name: 'still a draft', database: 'new' },
    { kind: 'database', name: 'new', type: 'memory', settings: { path: '/data' } },
  ]
  const { body } = await api.send('POST', '/configuration/apply', { documents, test: true })
  expect(body).toMatchObject({ code: 'SQL_SYNTAX', errors: [{ pointer: '/0/sql', code: 'SQL_SYNTAX' }] })
  expect((await api.send('GET', '/databases/new')).status).toBe(404)
  expect((await api.send('POST', '/configuration/apply', { documents: documents.slice(1).toReversed(), test: true })).status).toBe(200)
})
