/** What every record destination promises, tried on each of them: docs of the promises are in contract/destination.ts. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BatchAnswer, RecordDestinationDefinition } from '../../src/contract/destination.ts'
import { errorTable, SegueError, type ErrorEntry } from '../../src/contract/errors.ts'
import { destinationTypes } from '../../src/destinations/registry.ts'
import { destinationContext } from '../helpers/destination-context.ts'
import { recordFixtures, type RecordPlace } from './record-destination-fixtures.ts'

test('every record destination has a place where it is tried', () => {
  const types = [...destinationTypes.values()].filter((definition) => definition.kind === 'record').map((definition) => definition.type)
  expect(types.filter((type) => !recordFixtures.some((fixture) => fixture.type === type))).toEqual([])
})

const never = new AbortController().signal

describe.each(recordFixtures)('$name', (fixture) => {
  let place: RecordPlace
  const known = destinationTypes.get(fixture.type)
  const definition = known as RecordDestinationDefinition

  beforeEach(async () => {
    place = await fixture.start()
  })
  afterEach(() => place[Symbol.asyncDispose]())

  const send = async (rows: readonly object[], { id = 'part_1', attempt = 1, signal = never } = {}): Promise<BatchAnswer> => {
    const destination = await definition.open(destinationContext({ settings: place.settings, secrets: place.secrets }))
    try {
      const lines = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))
      const facts = { now: '2026-11-23T08:30:00.000Z', run: 'run_1', dataset: 'people' }
      return await destination.send({ id, attempt, rows: rows.length, lines, ...facts }, signal)
    } finally {
      await destination.close()
    }
  }
  const good = (count: number): object[] => Array.from({ length: count }, (_, index) => place.goodRow(index + 1))
  const errorOf = async (work: Promise<unknown>): Promise<SegueError> => {
    const error: unknown = await work.then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(SegueError)
    return error as SegueError
  }

  test('says how its rows are cut and sent, within what a lease covers', () => {
    const limits = definition.limits(place.settings)
    expect(limits.batchRows).toBeGreaterThanOrEqual(1)
    expect(limits.batchBytes).toBeGreaterThanOrEqual(1_000)
    expect(limits.parallel).toBeGreaterThanOrEqual(1)
    expect(limits.requestMs).toBeLessThanOrEqual(15_000)
  })

  test('a batch that is taken is accounted for row by row', async () => {
    place.next('take')
    expect(await send(good(5))).toMatchObject({ kind: 'verdicts', rows: 5, exceptions: [] })
    expect(place.taken()).toBe(5)
  })

  test('bad rows are rejected by their places in the batch, with code and reason; the others are taken', async () => {
    place.next('reject bad rows')
    const answer = await send([...good(2), place.badRow, ...good(1)])
    expect(answer).toMatchObject({ kind: 'verdicts', rows: 4, exceptions: [{ row: 2, verdict: 'rejected' }] })
    if (answer.kind !== 'verdicts') throw new Error(answer.kind)
    expect(answer.exceptions[0]?.code).not.toBe('')
    expect(answer.exceptions[0]?.reason).not.toBe('')
    expect(place.taken()).toBe(3)
  })

  test('a batch that is refused as a whole says so, and nothing of it was taken', async () => {
    place.next('refuse bad batches')
    expect(await send([...good(2), place.badRow])).toMatchObject({ kind: 'refused' })
    expect(place.taken()).toBe(0)
  })

  test('a limit tells how long to wait, and that nothing arrived', async () => {
    place.next('limit')
    expect(await send(good(2))).toMatchObject({ kind: 'failed', failure: 'rate_limit', mayHaveArrived: false, retryAfterMs: 7_000 })
  })

  test('a failure of the service is worth another try', async () => {
    place.next('fail')
    expect(await send(good(2))).toMatchObject({ kind: 'failed', failure: 'transient' })
  })

  test('an answer that does not account for every row is no verdict, and the rows may be there', async () => {
    place.next('hide a failure')
    expect(await send(good(3))).toMatchObject({ kind: 'failed', mayHaveArrived: true })
  })

  test.each(['cut before the answer', 'never answer'] as const)(
    '%s: what was sent may have arrived, and the error says so',
    async (does) => {
      place.next(does)
      const { code } = await errorOf(send(good(2)))
      const entry: ErrorEntry = errorTable[code]
      expect([entry.failure, entry.mayHaveArrived]).toEqual(['transient', true])
    },
  )

  test('a batch has the same key on every attempt, where the service knows keys', async () => {
    place.next('take')
    place.next('take')
    await send(good(1), { attempt: 1 })
    await send(good(1), { attempt: 2 })
    expect(new Set(place.keys()).size).toBe(1)
  })

  test('an aborted request ends with the reason', async () => {
    place.next('never answer')
    const controller = new AbortController()
    const reason = new SegueError('RUN_CANCELLED', 'Cancelled.')
    const sending = errorOf(send(good(1), { signal: controller.signal }))
    controller.abort(reason)
    expect((await sending).code).toBe('RUN_CANCELLED')
  })

  test('no secret is in what is kept of a request and its answer', async () => {
    place.next('reject bad rows')
    const { exchange } = await send([place.badRow])
    for (const secret of Object.values(place.secrets)) expect(JSON.stringify(exchange)).not.toContain(secret)
    expect(exchange.request).not.toBe('')
  })

  test('the connection test sends no row', async () => {
    await definition.check(destinationContext({ settings: place.settings, secrets: place.secrets }))
    expect(place.taken()).toBe(0)
  })
})
