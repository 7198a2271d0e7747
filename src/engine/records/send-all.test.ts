import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createVirtualTime, type VirtualTime } from '../../../test/helpers/virtual-time.ts'
import { SegueError } from '../../contract/errors.ts'
import { WaitLonger } from '../decide-stop.ts'
import type { Next } from './decide-attempt.ts'
import { newRecordPart, type RecordPart } from './record-part.ts'
import { sendAll } from './send-all.ts'

const done: Next = { do: 'go_on', parts: [], afterMs: 0 }
const partsOf = (count: number): RecordPart[] =>
  Array.from({ length: count }, (_, index) => newRecordPart(0, { from: index, to: index + 1, ordinals: null, rows: 1 }))

/** Sends parts as the attempt says; `more` gives three at a time. */
function sending(
  time: VirtualTime,
  parts: readonly RecordPart[],
  attempt: (part: RecordPart, turn: AbortController) => Promise<Next>,
  options: { readonly most?: number; readonly signal?: AbortSignal; readonly waitingMs?: () => number } = {},
): Promise<void> {
  const { most = 4, signal = new AbortController().signal, waitingMs = (): number => 0 } = options
  const left = [...parts]
  const world = { ...time, longWaitMs: 30_000, pace: { waitingMs }, signal }
  return time.run(() => sendAll(world, { most, more: () => Promise.resolve(left.splice(0, 3)), attempt }))
}

test('every part is attempted until it is done, whatever is delayed, and never more at once than may be', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(30), fc.integer({ min: 1, max: 8 }), async (seed, count, most) => {
      const time = createVirtualTime(seed)
      const attempts = new Map<string, number>()
      let running = 0
      await sending(
        time,
        partsOf(count),
        async (part) => {
          running += 1
          expect(running).toBeLessThanOrEqual(most)
          await time.sleep(time.random() * 50)
          running -= 1
          attempts.set(part.id, (attempts.get(part.id) ?? 0) + 1)
          return time.random() < 0.3 ? { do: 'go_on', parts: [part], afterMs: time.random() < 0.5 ? 0 : time.random() * 1_000 } : done
        },
        { most },
      )
      expect(attempts.size).toBe(count)
    }),
    { numRuns: 200 },
  )
})

test('what stops it is thrown when everything on its way has ended, and nothing new begins', async () => {
  const time = createVirtualTime(1)
  const ended: number[] = []
  const stop = new SegueError('AUTH_FAILED', 'no')
  const result = sending(time, partsOf(10), async (part) => {
    await time.sleep(part.from === 1 ? 10 : 100)
    ended.push(part.from)
    return part.from === 1 ? { do: 'stop', error: stop } : done
  })
  await expect(result).rejects.toBe(stop)
  expect(ended.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
})

test('the reason of the signal is thrown, also while everything waits', async () => {
  const time = createVirtualTime(2)
  const controller = new AbortController()
  const reason = new SegueError('RUN_CANCELLED', 'Cancelled.')
  void time.sleep(5_000).then(() => controller.abort(reason))
  await expect(
    sending(time, partsOf(1), (part) => Promise.resolve({ do: 'go_on', parts: [part], afterMs: 20_000 }), { signal: controller.signal }),
  ).rejects.toBe(reason)
  expect(time.monotonicMs()).toBe(5_000)
})

test('those that wait for their turn hear of the signal at once', async () => {
  const time = createVirtualTime(5)
  const controller = new AbortController()
  const reason = new SegueError('RUN_CANCELLED', 'Cancelled.')
  void time.sleep(1_000).then(() => controller.abort(reason))
  const result = sending(
    time,
    partsOf(3),
    async (_, turn) => {
      await time.sleep(20_000, turn.signal)
      return done
    },
    { signal: controller.signal },
  )
  await expect(result).rejects.toBe(reason)
  expect(time.monotonicMs()).toBe(1_000)
})

test('where no more parts can be made, those on their way are waited for', async () => {
  const time = createVirtualTime(6)
  const ended: number[] = []
  const failure = new SegueError('STORE_UNAVAILABLE', 'away')
  const left = partsOf(2)
  const world = { ...time, longWaitMs: 30_000, pace: { waitingMs: () => 0 }, signal: new AbortController().signal }
  const result = time.run(() =>
    sendAll(world, {
      most: 2,
      more: () => (left.length > 0 ? Promise.resolve(left.splice(0, 2)) : Promise.reject(failure)),
      attempt: async (part) => {
        await time.sleep(100 * (part.from + 1))
        ended.push(part.from)
        return done
      },
    }),
  )
  await expect(result).rejects.toBe(failure)
  expect(ended).toEqual([0, 1])
})

test('a wait that is longer than a place is kept for gives it away, when nothing else is to be done', async () => {
  const time = createVirtualTime(3)
  const attempted: number[] = []
  const result = sending(time, partsOf(5), (part) => {
    attempted.push(part.from)
    return Promise.resolve(part.from === 0 ? { do: 'go_on', parts: [part], afterMs: 60_000 } : done)
  })
  await expect(result).rejects.toBeInstanceOf(WaitLonger)
  expect(attempted).toEqual([0, 1, 2, 3, 4])
})

test('a destination that wants to be left alone for long is left alone at once', async () => {
  const time = createVirtualTime(4)
  const result = sending(time, partsOf(20), (part) => Promise.resolve({ do: 'pause', parts: [part], afterMs: 3_600_000 }), {
    most: 1,
    waitingMs: () => 3_600_000,
  })
  await expect(result).rejects.toMatchObject({ afterMs: 3_600_000 })
})
