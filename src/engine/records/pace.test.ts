import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createVirtualTime } from '../../../test/helpers/virtual-time.ts'
import { createPaces, type Pace } from './pace.ts'

const never = new AbortController().signal
const freely = { requestsPerSecond: null, parallel: 100 }

/** A request that takes a time, and the time at which it began. */
async function request(pace: Pace, time: ReturnType<typeof createVirtualTime>, lastsMs = 0): Promise<number> {
  const release = await pace.acquire(never)
  const began = time.monotonicMs()
  if (lastsMs > 0) await time.sleep(lastsMs)
  release()
  return began
}

test('requests are evenly spaced, also after a time without any', async () => {
  const time = createVirtualTime(1)
  const pace = createPaces(time).paceOf('a', { requestsPerSecond: 4, parallel: 10 })
  const three = (): Promise<number[]> => Promise.all([1, 2, 3].map(() => request(pace, time)))
  expect(await time.run(three)).toEqual([0, 250, 500])
  expect(pace.waitingMs()).toBe(250)
  await time.run(() => time.sleep(10_000))
  expect(pace.waitingMs()).toBe(0)
  expect(await time.run(three)).toEqual([10_500, 10_750, 11_000])
  expect(time.sleeping()).toBe(0)
})

test('all runs of a destination share its places, first come first served', async () => {
  const time = createVirtualTime(1)
  const paces = createPaces(time)
  const one = paces.paceOf('a', { requestsPerSecond: null, parallel: 2 })
  const other = paces.paceOf('a', { requestsPerSecond: null, parallel: 5 })
  const began = await time.run(() => Promise.all([one, other, other, one, other].map((pace) => request(pace, time, 100))))
  expect(began).toEqual([0, 0, 100, 100, 200])
})

test('a pause holds back everybody of its destination, and nobody else', async () => {
  const time = createVirtualTime(1)
  const paces = createPaces(time)
  const [paused, same, other] = [paces.paceOf('a', freely), paces.paceOf('a', freely), paces.paceOf('b', freely)]
  paused.pauseFor(5_000)
  paused.pauseFor(1_000)
  expect([paused, same, other].map((pace) => pace.waitingMs())).toEqual([5_000, 5_000, 0])
  const began = await time.run(() => Promise.all([paused, same, other].map((pace) => request(pace, time))))
  expect(began).toEqual([5_000, 5_000, 0])
})

test('a pause that is made longer while somebody waits for it is obeyed', async () => {
  const time = createVirtualTime(1)
  const pace = createPaces(time).paceOf('a', freely)
  pace.pauseFor(1_000)
  const began = await time.run(() => {
    const waiting = request(pace, time)
    pace.pauseFor(3_000)
    return waiting
  })
  expect(began).toBe(3_000)
})

test('a pause of many years is not over at once, as a timer of Node.js would be', async () => {
  const time = createVirtualTime(1)
  const capped = (ms: number, signal?: AbortSignal): Promise<void> => time.sleep(ms > 2 ** 31 - 1 ? 1 : ms, signal)
  const pace = createPaces({ monotonicMs: time.monotonicMs, sleep: capped }).paceOf('a', freely)
  pace.pauseFor(1e11)
  expect(await time.run(() => request(pace, time))).toBe(1e11)
})

test('the tightest settings hold for all until their run closes them', async () => {
  const time = createVirtualTime(1)
  const paces = createPaces(time)
  const loose = paces.paceOf('a', { requestsPerSecond: 10, parallel: 10 })
  const tight = paces.paceOf('a', { requestsPerSecond: 1, parallel: 10 })
  const began = await time.run(async () => {
    const three = [request(loose, time), request(loose, time), request(loose, time)]
    await three[1]
    tight.close()
    return Promise.all(three)
  })
  expect(began).toEqual([0, 1_000, 1_100])
})

test('an abort takes the waiter away with the reason, and leaves its turn and no timer', async () => {
  const time = createVirtualTime(1)
  const pace = createPaces(time).paceOf('a', { requestsPerSecond: 1, parallel: 1 })
  const release = await pace.acquire(never)
  release()
  const controller = new AbortController()
  const reason = new Error('cancelled')
  const waiting = pace.acquire(controller.signal)
  expect(time.sleeping()).toBe(1)
  controller.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await expect(pace.acquire(controller.signal)).rejects.toBe(reason)
  expect(time.sleeping()).toBe(0)
  expect(await time.run(() => request(pace, time))).toBe(1_000)
})

test('who was released twice gave back one place', async () => {
  const time = createVirtualTime(1)
  const pace = createPaces(time).paceOf('a', { requestsPerSecond: null, parallel: 1 })
  const release = await pace.acquire(never)
  release()
  release()
  await pace.acquire(never)
  await expect(time.run(() => pace.acquire(never))).rejects.toThrow('deadlock')
})

const anyCase = fc.record({
  seed: fc.integer(),
  requestsPerSecond: fc.option(fc.double({ min: 0.01, max: 2_000, noNaN: true })),
  parallel: fc.integer({ min: 1, max: 4 }),
  requests: fc.array(
    fc.record({
      comesAt: fc.nat({ max: 500 }),
      lasts: fc.nat({ max: 300 }),
      leavesAfter: fc.option(fc.nat({ max: 400 })),
      pausesFor: fc.option(fc.nat({ max: 2_000 })),
    }),
    { minLength: 1, maxLength: 20 },
  ),
})

test('whatever comes, leaves and pauses: places, spacing and pauses are kept, in order, and nothing is left behind', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ seed, requestsPerSecond, parallel, requests }) => {
      const time = createVirtualTime(seed)
      const pace = createPaces(time).paceOf('a', { requestsPerSecond, parallel })
      const came: number[] = []
      const began: { readonly who: number; readonly at: number }[] = []
      let held = 0
      let pausedUntil = 0
      const one = async ({ comesAt, lasts, leavesAfter, pausesFor }: (typeof requests)[number], who: number): Promise<void> => {
        await time.sleep(comesAt)
        const patience = new AbortController()
        if (leavesAfter !== null) void time.sleep(leavesAfter).then(() => patience.abort())
        came.push(who)
        const release = await pace.acquire(patience.signal).catch(() => null)
        if (release === null) return
        held += 1
        began.push({ who, at: time.monotonicMs() })
        expect(held).toBeLessThanOrEqual(parallel)
        expect(time.monotonicMs()).toBeGreaterThanOrEqual(pausedUntil - 0.01)
        await time.sleep(lasts)
        if (pausesFor !== null) {
          pace.pauseFor(pausesFor)
          pausedUntil = Math.max(pausedUntil, time.monotonicMs() + pausesFor)
        }
        held -= 1
        release()
      }
      await time.run(async () => {
        await Promise.all(requests.map(one))
        await time.sleep(1_000)
      })
      const order = began.map(({ who }) => who)
      expect(order).toEqual(came.filter((who) => order.includes(who)))
      const gap = requestsPerSecond === null ? 0 : 1_000 / requestsPerSecond
      for (const [index, { at }] of began.entries()) if (index > 0) expect(at - began[index - 1]!.at).toBeGreaterThanOrEqual(gap - 0.01)
      expect(time.sleeping()).toBe(0)
    }),
    { numRuns: 150 },
  )
})
