/** Whose turn it is, on a real PostgreSQL. */
import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import { endLease, makeDestination, makeRun } from '../../../test/helpers/queued-runs.ts'
import { testStore } from '../../../test/helpers/store.ts'
import type { Store } from '../open-store.ts'
import { claimNext, nextDueMs } from './claim.ts'
import type { RunRow } from './runs.ts'

let store: Store
beforeEach(async () => {
  store = await testStore()
})
const claim = (owner = 'worker', orchestrations: readonly string[] | null = null): Promise<RunRow | null> =>
  claimNext(store.db, { owner, leaseMs: 60_000, orchestrations })
const claimAll = async (): Promise<string[]> => {
  const ids: string[] = []
  for (let run = await claim(); run !== null; run = await claim()) ids.push(run.id)
  return ids
}

test('a destination has no more runs at once than it may, however many ask', async () => {
  const destination = await makeDestination(store, 3)
  for (let index = 0; index < 12; index += 1) await makeRun(store, destination)
  const claims = await Promise.all(Array.from({ length: 30 }, (_, index) => claim(`worker-${index}`)))
  const taken = claims.filter((run) => run !== null).map(({ id }) => id)
  expect(taken.length).toBe(3)
  expect(new Set(taken).size).toBe(3)
})

test('destinations take turns: a long queue of one keeps no other waiting', async () => {
  const [long, short] = [await makeDestination(store, 4), await makeDestination(store, 4)]
  for (let index = 0; index < 4; index += 1) await makeRun(store, long)
  const late = [await makeRun(store, short), await makeRun(store, short)].map(({ id }) => id)
  const order = await claimAll()
  expect(order.slice(0, 4).filter((id) => late.includes(id)).length).toBe(2)
})

test('a higher priority goes first', async () => {
  const destination = await makeDestination(store, 9)
  const usual = await makeRun(store, destination)
  const urgent = await makeRun(store, destination, { priority: 5 })
  expect(await claimAll()).toEqual([urgent.id, usual.id])
})

test('a run that waits behind another one, or for its time, is not taken', async () => {
  const destination = await makeDestination(store, 9)
  const first = await makeRun(store, destination)
  await makeRun(store, destination, { orchestration: first.orchestration, waits: true })
  const later = await makeRun(store, destination)
  await sql`UPDATE run SET not_before = clock_timestamp() + interval '1 hour' WHERE id = ${later.id}`.execute(store.db)
  expect(await claimAll()).toEqual([first.id])
  const due = await nextDueMs(store.db, { orchestrations: [later.orchestration] })
  expect(due).toBeGreaterThan(3_500_000)
  expect(due).toBeLessThanOrEqual(3_600_000)
})

test('a run whose lease ended is taken over with the next epoch, and counts a death; it keeps its place', async () => {
  const destination = await makeDestination(store, 1)
  const { id } = await makeRun(store, destination)
  await makeRun(store, destination)
  expect(await claim('first')).toMatchObject({ id, epoch: '1', deaths: 0, owner: 'first', state: 'running' })
  expect(await claim()).toBeNull()
  await endLease(store, id)
  expect(await claim('second')).toMatchObject({ id, epoch: '2', deaths: 1, owner: 'second' })
})

test('a command takes runs of the orchestrations that it was asked for only', async () => {
  const destination = await makeDestination(store, 9)
  const wanted = await makeRun(store, destination)
  await makeRun(store, destination)
  expect(await claim('command', [])).toBeNull()
  expect(await claim('command', [wanted.orchestration])).toMatchObject({ id: wanted.id })
  expect(await claim('command', [wanted.orchestration])).toBeNull()
})
