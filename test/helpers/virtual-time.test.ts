import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createVirtualTime } from './virtual-time.ts'

test('a day passes at once, and everybody wakes when it is time', async () => {
  const time = createVirtualTime(1)
  const seen: [string, number][] = []
  const nap = async (name: string, ms: number): Promise<void> => {
    await time.sleep(ms)
    seen.push([name, time.monotonicMs()])
  }
  await time.run(() => Promise.all([nap('day', 86_400_000), nap('minute', 60_000), nap('none', 0)]))
  expect(seen).toEqual([
    ['none', 0],
    ['minute', 60_000],
    ['day', 86_400_000],
  ])
  expect(time.now().toISOString()).toBe('2026-01-02T00:00:00.000Z')
})

test('a task that waits for nothing is a deadlock, not a test that hangs', async () => {
  const time = createVirtualTime(7)
  const forever = async (): Promise<void> => {
    await time.sleep(5)
    await new Promise(() => undefined)
  }
  await expect(time.run(forever)).rejects.toThrow('deadlock at 5 ms')
})

test('the failure of a task is its result', async () => {
  const time = createVirtualTime(1)
  const failure = new Error('no')
  await expect(time.run(() => time.sleep(9).then(() => Promise.reject(failure)))).rejects.toBe(failure)
})

test('an aborted sleep ends with the reason and leaves nothing', async () => {
  const time = createVirtualTime(1)
  const controller = new AbortController()
  const reason = new Error('enough')
  const sleeping = time.sleep(1_000, controller.signal)
  controller.abort(reason)
  await expect(sleeping).rejects.toBe(reason)
  await expect(time.sleep(1_000, controller.signal)).rejects.toBe(reason)
  expect(time.sleeping()).toBe(0)
  expect(time.monotonicMs()).toBe(0)
})

test('the same seed gives the same order, and time never goes back', async () => {
  const orderOf = async (seed: number, naps: readonly number[]): Promise<string> => {
    const time = createVirtualTime(seed)
    const seen: string[] = []
    const walk = async (ms: number, index: number): Promise<void> => {
      for (let step = 0; step < 3; step += 1) {
        await time.sleep(ms + Math.floor(time.random() * 2))
        seen.push(`${index} at ${time.monotonicMs()}`)
      }
    }
    await time.run(() => Promise.all(naps.map(walk)))
    const times = seen.map((line) => Number(line.split(' at ')[1]))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    return seen.join()
  }
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 8 }), async (seed, naps) => {
      expect(await orderOf(seed, naps)).toBe(await orderOf(seed, naps))
    }),
    { numRuns: 50 },
  )
  const orders = new Set(await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => orderOf(seed, [1, 1, 1, 1]))))
  expect(orders.size).toBeGreaterThan(1)
})
