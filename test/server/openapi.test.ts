import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../src/contract/ids.ts'
import type { OpenApiDocument, OpenApiOperation } from '../../src/server/openapi-components.ts'
import { testApi, withConfiguration, type TestApi } from './test-api.ts'

let api: TestApi
let document: OpenApiDocument
let operations: { readonly method: string; readonly path: string; readonly operation: OpenApiOperation }[]
beforeAll(async () => {
  api = await withConfiguration(await testApi())
  document = (await api.send('GET', '/openapi.json')).body as unknown as OpenApiDocument
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
  )
})
afterAll(async () => api.server.close())

/** Everything of a kind in the document, with the way to it. */
function* found(part: unknown, key: string, way = '#'): Generator<{ readonly way: string; readonly value: unknown }> {
  if (typeof part !== 'object' || part === null) return
  for (const [name, value] of Object.entries(part)) {
    if (name === key) yield { way: `${way}/${name}`, value }
    yield* found(value, key, `${way}/${name}`)
  }
}

describe('the OpenAPI document', () => {
  it('is of version 3.1 and has every route of the server', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    const declared = operations.map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`)
    const routes = api.server
      .printRoutes({ commonPrefix: false })
      .split('\n')
      .flatMap((line) => {
        const match = /(\S*\/\S*|:\S+) \(([A-Z, ]+)\)/.exec(line)
        return match ? [match[2]?.split(', ').filter((method) => method !== 'HEAD' && method !== 'OPTIONS').length ?? 0] : []
      })
    expect(declared.length).toBe(routes.reduce((sum, count) => sum + count, 0))
    expect(new Set(declared).size).toBe(declared.length)
    for (const route of [
      'GET /api/v1/queries',
      'POST /api/v1/orchestrations/:id/runs',
      'GET /api/v1/runs/:id/events',
      'POST /api/v1/configuration/apply',
    ]) {
      expect(declared).toContain(route)
    }
  })

  it('leads nowhere that is not there', () => {
    for (const { way, value } of found(document, '$ref')) {
      const name = String(value).replace('#/components/schemas/', '')
      expect(Object.keys(document.components.schemas), `${way} leads to ${String(value)}`).toContain(name)
    }
  })

  it('has a name and a sentence for every operation, and every name once', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { method, path, operation } of operations) {
      expect(operation, `${method} ${path}`).toMatchObject({
        operationId: expect.stringMatching(/^[a-z]\w+$/i),
        summary: expect.any(String),
        tags: [expect.any(String)],
      })
    }
  })

  it('declares each place in a path, and nothing of what the generator left', () => {
    for (const { path, operation } of operations) {
      const places = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(declared.map(({ name }) => name).toSorted(), path).toEqual(places.toSorted())
      expect(declared.every(({ required }) => required)).toBe(true)
    }
    const text = JSON.stringify(document)
    expect(text).not.toContain('Default Response')
    expect(text).not.toContain('x-optional-body')
    expect(Object.keys(document.components.schemas).filter((name) => !/^[A-Z][A-Za-z]+$/.test(name) || name.endsWith('Input'))).toEqual([])
  })

  it('answers every failure as a problem', () => {
    for (const { path, operation } of operations) {
      for (const status of ['4XX', '5XX']) {
        expect(operation.responses[status]?.content?.['application/problem+json']?.schema, path).toEqual({
          $ref: '#/components/schemas/Problem',
        })
      }
    }
  })

  it('names what is sent and answered: bodies and answers are components, not copies', () => {
    const schemas = operations.flatMap(({ operation }) => [
      ...Object.values(operation.requestBody?.content ?? {}),
      ...Object.values(operation.responses['200']?.content ?? {}),
      ...Object.values(operation.responses['201']?.content ?? {}),
    ])
    const copies = schemas.filter(({ schema }) => !('$ref' in schema))
    // The event stream, this document itself and the two forms of a download have no schema of their own.
    expect(copies).toHaveLength(4)
  })

  it('shows the settings of each connector where they are sent', () => {
    const { schemas } = document.components
    expect(schemas['DropDestinationSettings']).toMatchObject({
      properties: { host: { type: 'string', title: 'Host' } },
      required: ['host'],
    })
    expect(schemas['DropDestinationSecrets']).toMatchObject({ required: ['user', 'password'] })
    expect(schemas['DestinationSettings']).toEqual({ anyOf: [{ $ref: '#/components/schemas/DropDestinationSettings' }] })
    expect(schemas['NewDestination']?.properties?.['settings']).toMatchObject({ $ref: '#/components/schemas/DestinationSettings' })
    expect(schemas).toHaveProperty('MemoryDatabaseSettings')
    expect(schemas).toHaveProperty('FileTemplateSettings')
  })

  it('shows how runs are limited, delivered and tried again, in what is sent and in what is answered', () => {
    const { schemas } = document.components
    const duration = { type: 'string', pattern: '^([1-9][0-9]{0,5})([smhd])$' }
    for (const name of ['NewDestination', 'Destination']) {
      expect(schemas[name]?.properties, name).toMatchObject({
        limits: {
          properties: { runs: { type: 'integer', minimum: 1 }, requestsPerSecond: { type: 'number' }, parallel: { type: 'integer' } },
        },
        onUnknown: { enum: ['resend', 'hold'] },
      })
    }
    for (const name of ['NewOrchestration', 'Orchestration', 'OrchestrationChange']) {
      const { delivery, retry, priority } = (schemas[name]?.properties ?? {}) as Record<string, { anyOf?: object[] }>
      // In a change each of them may be null as well.
      expect(delivery?.anyOf?.[0] ?? delivery, name).toMatchObject({
        properties: { mode: { enum: ['full', 'append'] }, key: { type: 'array', minItems: 1 } },
        required: ['mode'],
      })
      expect(retry?.anyOf?.[0] ?? retry, name).toMatchObject({
        properties: { attempts: { minimum: 1, maximum: 100 }, within: duration },
      })
      expect(priority?.anyOf?.[0] ?? priority, name).toMatchObject({ type: 'integer', minimum: -100, maximum: 100 })
    }
  })

  it('says of a change that nothing must be sent and nothing has a default, or a change of the name would reset the rest', () => {
    for (const name of [
      'DatabaseChange',
      'CredentialChange',
      'QueryChange',
      'DatabaseExportChange',
      'DestinationChange',
      'DataTemplateChange',
      'OrchestrationChange',
    ]) {
      const schema = document.components.schemas[name]
      expect(schema, name).not.toHaveProperty('required')
      for (const [field, property] of Object.entries(schema?.properties ?? {}))
        if (field !== 'saveAnyway') expect(property, `${name}.${field}`).not.toHaveProperty('default')
    }
  })

  it('says where If-Match must be sent', () => {
    const needing = operations.filter(({ operation }) =>
      operation.parameters?.some(({ name, required }) => name === 'if-match' && required),
    )
    expect(new Set(needing.map(({ method }) => method))).toEqual(new Set(['patch', 'delete']))
    expect(needing).toHaveLength(14)
  })
})

/** Bodies that are right in form, for the routes that look at the body before they look for the object. */
const bodies: Readonly<Record<string, unknown>> = { restore: { revision: 1 }, resolve: { part: 'p', as: 'sent' } }

it('every route that names an object answers NOT_FOUND for an id that nobody has, and writes nothing', async () => {
  const before = (await api.send('GET', '/configuration/export')).text
  const named = operations.filter(({ path }) => path.includes('{id}'))
  expect(named.length).toBeGreaterThan(40)
  for (const { method, path } of named) {
    const noun = path.split('/')[3]
    const id = noun === 'runs' ? newId('run') : newId('query')
    const at = path.replace('/api/v1', '').replace('{id}', id).replace('{table}', 't')
    const body = bodies[path.split('/').at(-1) ?? ''] ?? (method === 'patch' ? {} : undefined)
    for (const headers of method === 'patch' || method === 'delete' ? [{}, { 'if-match': '"1"' }, { 'if-match': '*' }] : [{}]) {
      const answer = await api.send(method.toUpperCase() as 'GET', at, body, headers)
      expect({ status: answer.status, type: answer.headers['content-type'], code: answer.body['code'] }, `${method} ${path}`).toEqual({
        status: 404,
        type: 'application/problem+json',
        code: 'NOT_FOUND',
      })
    }
  }
  expect((await api.send('GET', '/configuration/export')).text).toBe(before)
})
