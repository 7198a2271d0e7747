import { expect, test } from 'vitest'
import { specs, type Specs, type StoredObject } from '../contract/objects.ts'
import type { Configuration } from './configuration.ts'
import { pinConfiguration, pinnedRun } from './pinned-run.ts'

type Kind = 'database' | 'query' | 'destination' | 'orchestration'
const times = { now: new Date('2026-11-24T08:00:00Z'), lastSuccessAt: null }

function stored<K extends Kind>(kind: K, spec: object): StoredObject<K> {
  const whole = specs[kind].parse(spec) as Specs[K]
  return { id: kind, kind, name: kind, version: 1, spec: whole, managedBy: null, createdAt: times.now, updatedAt: times.now }
}

function configurationOf(destination: object): Configuration {
  const objects: Readonly<Record<string, StoredObject>> = {
    database: stored('database', { type: 'duckdb' }),
    query: stored('query', { active: { database: 'database', sql: 'SELECT 1' } }),
    destination: stored('destination', { type: 'feed', ...destination }),
  }
  return {
    get: async (_kind, id) => objects[id] as never,
    resolvedSettings: async () => new Map([['event', { value: 'seen', setBy: 'orchestration', layer: 'orchestration' as const }]]),
    secretsOf: async () => ({}),
    remember: async () => undefined,
    remembered: async () => ({}),
  }
}

const orchestration = (fields: object) =>
  stored('orchestration', { object: { kind: 'query', id: 'query' }, destination: 'destination', ...fields })

test('a run keeps how it was to be delivered, tried again, limited and preferred', async () => {
  const limits = { runs: 2, requestsPerSecond: 0.5, parallel: 3 }
  const policies = { delivery: { mode: 'append', key: ['id'] }, retry: { attempts: 3, within: '10m' }, priority: -7 }
  const pinned = await pinConfiguration(configurationOf({ limits, onUnknown: 'hold' }), orchestration(policies), times)
  expect(pinned).toMatchObject({
    delivery: { mode: 'append', key: ['id'] },
    retry: { attempts: 3, withinMs: 600_000 },
    priority: -7,
    destination: { limits, onUnknown: 'hold' },
  })
  expect(pinnedRun.parse(JSON.parse(JSON.stringify(pinned)))).toEqual(pinned)
})

test('a run that an older version pinned is read with the defaults', async () => {
  const pinned = await pinConfiguration(configurationOf({}), orchestration({}), times)
  const { delivery: _delivery, retry: _retry, priority: _priority, destination, ...old } = pinned
  const { limits: _limits, onUnknown: _onUnknown, ...oldDestination } = destination
  expect(pinnedRun.parse({ ...old, destination: oldDestination })).toEqual(pinned)
  expect(pinned).toMatchObject({ delivery: { mode: 'full', key: null }, retry: { attempts: 5, withinMs: 21_600_000 }, priority: 0 })
  expect(pinned.destination).toMatchObject({ limits: {}, onUnknown: 'resend' })
})
