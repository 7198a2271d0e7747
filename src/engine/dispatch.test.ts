import { expect, test } from 'vitest'
import { createVirtualTime } from '../../test/helpers/virtual-time.ts'
import type { RunRow } from '../store/runs/runs.ts'
import { startDispatcher, type DispatchWorld } from './dispatch.ts'

/** A queue of run ids that become due at their times; each is worked on for so long. */
async function dispatching(
  due: readonly { readonly id: string; readonly atMs: number; readonly takesMs: number }[],
  given: Partial<DispatchWorld>,
  act: (scene: {
    readonly time: ReturnType<typeof createVirtualTime>
    readonly begun: Map<string, number>
    readonly wake: () => void
    readonly most: () => number
  }) => Promise<void>,
): Promise<void> {
  const time = createVirtualTime(3)
  const begun = new Map<string, number>()
  let working = 0
  let most = 0
  await time.run(async () => {
    const next = () => due.filter(({ id }) => !begun.has(id)).toSorted((a, b) => a.atMs - b.atMs)[0]
    const dispatcher = startDispatcher({
      ...time,
      claim: async () => {
        await time.sleep(1)
        const run = next()
        if (!run || run.atMs > time.monotonicMs()) return null
        begun.set(run.id, time.monotonicMs())
        return { id: run.id } as RunRow
      },
      nextDueMs: async () => {
        const run = next()
        return run ? run.atMs - time.monotonicMs() : null
      },
      work: async ({ id }) => {
        working += 1
        most = Math.max(most, working)
        await time.sleep(due.find((run) => run.id === id)?.takesMs ?? 0)
        working -= 1
      },
      slots: 2,
      pollMs: 2_000,
      onTrouble: () => undefined,
      ...given,
    })
    await act({ time, begun, wake: dispatcher.wake, most: () => most })
    await dispatcher.stop()
  })
}

test('no more runs than there are slots, and the next one as soon as one is free', async () => {
  const runs = Array.from({ length: 5 }, (_, index) => ({ id: `run-${index}`, atMs: 0, takesMs: 100 }))
  await dispatching(runs, {}, async ({ time, begun, most }) => {
    await time.sleep(400)
    expect(begun.size).toBe(5)
    expect(most()).toBe(2)
  })
})

test('a run is taken at the time at which it is due, not at the next poll', async () => {
  await dispatching([{ id: 'later', atMs: 700, takesMs: 1 }], {}, async ({ time, begun }) => {
    await time.sleep(800)
    expect(begun.get('later')).toBeGreaterThanOrEqual(700)
    expect(begun.get('later')).toBeLessThan(750)
  })
})

test('it looks by itself, where nobody tells it of a run', async () => {
  const due = [{ id: 'untold', atMs: 0, takesMs: 1 }]
  await dispatching(due, { nextDueMs: () => Promise.resolve(null) }, async ({ time, begun }) => {
    await time.sleep(3_000)
    expect(begun.has('untold')).toBe(true)
  })
})

test('a wake-up is heard at once, also one that comes while it looks', async () => {
  await dispatching([{ id: 'told', atMs: 100, takesMs: 1 }], { nextDueMs: () => Promise.resolve(null) }, async ({ time, begun, wake }) => {
    await time.sleep(101)
    wake()
    await time.sleep(10)
    expect(begun.get('told')).toBeLessThan(115)
  })
})

test('a queue that cannot be read is asked again', async () => {
  const troubles: unknown[] = []
  let asked = 0
  const claim = (): Promise<null> => {
    asked += 1
    return asked < 3 ? Promise.reject(new Error('away')) : Promise.resolve(null)
  }
  await dispatching([], { claim, onTrouble: (error) => troubles.push(error) }, async ({ time }) => {
    await time.sleep(10_000)
    expect(troubles.length).toBe(2)
    expect(asked).toBeGreaterThan(3)
  })
})
