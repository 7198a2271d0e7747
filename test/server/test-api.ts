import type { Api } from '../../src/server/api.ts'
import { createServer } from '../../src/server/server.ts'
import { standInEngine, type StandInEngine } from './stand-in-engine.ts'
import { standInObjects } from './stand-in-objects.ts'
import { standInRegistry } from './stand-in-registry.ts'

export interface TestAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  /** The JSON of the answer. */
  readonly body: Record<string, unknown>
}

export interface TestApi {
  readonly server: Api
  readonly engine: StandInEngine
  readonly objects: ReturnType<typeof standInObjects>
  /** Everything that was logged. */
  readonly logged: string[]
  /** Sends a request from inside this process; the path is below /api/v1. */
  send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<TestAnswer>
}

/** A server over stand-ins. */
export async function testApi(options: { readonly heartbeatMs?: number; readonly doctor?: () => Promise<never> } = {}): Promise<TestApi> {
  const objects = standInObjects()
  const engine = standInEngine(objects)
  const logged: string[] = []
  const server = await createServer({
    objects,
    engine,
    registry: standInRegistry,
    actor: { id: 'owner', name: 'owner' },
    log: { write: (line) => logged.push(line) },
    version: '1.2.3',
    doctor: options.doctor ?? (async () => ({ checks: [{ name: 'store', status: 'ok', detail: 'answers' }] })),
    ...(options.heartbeatMs !== undefined && { heartbeatMs: options.heartbeatMs }),
  })
  return {
    server,
    engine,
    objects,
    logged,
    send: sender(server),
  }
}

/** Sends requests to a server from inside this process. */
export function sender(server: Api): TestApi['send'] {
  return async (method, path, body, headers = {}) => {
    const answer = await server.inject({
      method,
      url: `/api/v1${path}`,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const json = /[/+]json/.test(String(answer.headers['content-type'])) && answer.body !== ''
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: json ? answer.json() : {} }
  }
}

/** A configuration with one object of each kind: memory, login, customers, shop, drop, csv and nightly. */
export async function withConfiguration(api: TestApi): Promise<TestApi> {
  const bodies: [string, Record<string, unknown>][] = [
    ['databases', { name: 'memory', type: 'memory', settings: { path: '/data' } }],
    ['credentials', { name: 'login', type: 'drop', secrets: { user: 'acme', password: 'hunter2-7f3a' } }],
    ['queries', { name: 'customers', database: 'memory', sql: 'SELECT 1', status: 'active', folder: 'Partners' }],
    ['exports', { name: 'shop', database: 'memory', tables: 'all', status: 'active' }],
    ['destinations', { name: 'drop', type: 'drop', credential: 'login', settings: { host: 'drop.example' } }],
    ['templates', { name: 'csv', type: 'file', settings: { format: 'csv' } }],
    ['orchestrations', { name: 'nightly', query: 'customers', destination: 'drop', template: 'csv', settings: { fileName: 'a.csv' } }],
  ]
  for (const [path, body] of bodies) {
    const { status, text } = await api.send('POST', `/${path}`, body)
    if (status !== 201) throw new Error(`${path}: ${status} ${text}`)
  }
  return api
}
