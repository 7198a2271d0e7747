import { expect, test } from 'vitest'
import type { RecordDestinationDefinition, RecordLimits } from '../../contract/destination.ts'
import type { PinnedRun } from '../pinned-run.ts'
import { recordLimits } from './record-work.ts'

const own: RecordLimits = { batchRows: 100, batchBytes: 1_000_000, parallel: 4, requestsPerSecond: 50, idempotent: true, requestMs: 20_000 }
const limitsWith = (limits: PinnedRun['destination']['limits'], requestsPerSecond: number | null = 50): RecordLimits => {
  const definition = { limits: () => ({ ...own, requestsPerSecond }) } as unknown as RecordDestinationDefinition
  return recordLimits(definition, { settings: {}, destination: { limits } } as unknown as PinnedRun, 15_000)
}

test('what the destination does not say is as its type says, within the time that a lease covers', () => {
  expect(limitsWith({})).toEqual({ ...own, requestMs: 15_000 })
})

test('a destination sets how many requests go at once, more or fewer', () => {
  expect(limitsWith({ parallel: 16 }).parallel).toBe(16)
  expect(limitsWith({ parallel: 1 }).parallel).toBe(1)
})

test('of two rates the slower one holds', () => {
  expect(limitsWith({ requestsPerSecond: 10 }).requestsPerSecond).toBe(10)
  expect(limitsWith({ requestsPerSecond: 90 }).requestsPerSecond).toBe(50)
  expect(limitsWith({ requestsPerSecond: 90 }, null).requestsPerSecond).toBe(90)
  expect(limitsWith({}, null).requestsPerSecond).toBeNull()
})
