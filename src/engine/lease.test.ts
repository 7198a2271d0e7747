import { expect, test } from 'vitest'
import { createVirtualTime, type VirtualTime } from '../../test/helpers/virtual-time.ts'
import { SegueError } from '../contract/errors.ts'
import type { Renewal } from '../store/runs/lease.ts'
import type { RunChange } from '../store/runs/run-changes.ts'
import { LeaseLost, openLease, type Lease } from './lease.ts'

const kept: Renewal = { kept: true, cancelReason: null, cameBack: false }
const note = (text: string): RunChange => ({ kind: 'warning', text })

interface Scene {
  readonly time: VirtualTime
  readonly lease: Lease
  readonly controller: AbortController
  /** Texts of the changes, one list for each commit. */
  readonly commits: string[][]
  readonly leases: number[]
}

/** A lease of 2 s with a beat of 0.5 s, on a store that answers as it is told after 10 ms. */
async function scene(
  act: (scene: Scene) => Promise<void>,
  answer: (commit: number, time: VirtualTime) => Promise<Renewal> | Renewal = () => kept,
): Promise<void> {
  const time = createVirtualTime(1)
  const controller = new AbortController()
  const commits: string[][] = []
  const leases: number[] = []
  const store = {
    async commit(_: unknown, leaseMs: number, changes: readonly RunChange[]): Promise<Renewal> {
      commits.push(changes.flatMap((change) => (change.kind === 'warning' ? [change.text] : [])))
      leases.push(leaseMs)
      const number = commits.length
      await time.sleep(10)
      return answer(number, time)
    },
  }
  const world = { store, leaseMs: 2_000, beatMs: 500, marginMs: 100, monotonicMs: time.monotonicMs, sleep: time.sleep }
  await time.run(async () => {
    const lease = openLease(world, { run: 'run', epoch: '1' }, time.monotonicMs(), controller)
    await act({ time, lease, controller, commits, leases })
    await lease.close()
  })
}

const codeOf = (reason: unknown): string =>
  reason instanceof SegueError ? reason.code : reason instanceof Error ? reason.name : String(reason)

test('changes that come while another commit is under way go together in the next one', async () => {
  await scene(async ({ lease, commits }) => {
    await Promise.all([lease.write(note('a')), lease.write(note('b')), lease.write(note('c'))])
    expect(commits).toEqual([['a'], ['b', 'c']])
  })
})

test('when another worker has the run, the signal is aborted with LeaseLost, and nothing is written any more', async () => {
  await scene(
    async ({ lease, controller, commits }) => {
      await expect(lease.write(note('a'))).rejects.toBeInstanceOf(LeaseLost)
      expect(controller.signal.reason).toBeInstanceOf(LeaseLost)
      await expect(lease.write(note('b'))).rejects.toBeInstanceOf(LeaseLost)
      await expect(lease.cover(1)).rejects.toBeInstanceOf(LeaseLost)
      expect(commits).toEqual([['a']])
    },
    () => ({ kept: false }),
  )
})

test('a lease that the store does not renew counts as lost no later than it ends, by our own clock', async () => {
  await scene(
    async ({ time, lease, controller }) => {
      await new Promise((resolve) => controller.signal.addEventListener('abort', resolve, { once: true }))
      expect(controller.signal.reason).toBeInstanceOf(LeaseLost)
      expect(time.monotonicMs()).toBeLessThanOrEqual(2_000)
      await expect(lease.cover(0)).rejects.toBeInstanceOf(LeaseLost)
    },
    () => Promise.reject(new SegueError('STORE_UNAVAILABLE', 'away')),
  )
})

test('a store that is away for a moment is asked again while the lease lasts, with the same changes', async () => {
  await scene(
    async ({ lease, commits, controller }) => {
      await lease.write(note('a'))
      expect(commits.filter((texts) => texts.includes('a')).length).toBe(3)
      expect(controller.signal.aborted).toBe(false)
    },
    (commit) => (commit < 3 ? Promise.reject(new SegueError('STORE_UNAVAILABLE', 'away')) : kept),
  )
})

test('what the store refuses for another reason is told to who asked, and the lease goes on', async () => {
  await scene(
    async ({ lease, controller }) => {
      await expect(lease.write(note('a'))).rejects.toThrow('a bug')
      await lease.write(note('b'))
      expect(controller.signal.aborted).toBe(false)
    },
    (commit) => (commit === 1 ? Promise.reject(new Error('a bug')) : kept),
  )
})

test('a wish to cancel that comes with a renewal aborts the work with its code', async () => {
  await scene(
    async ({ lease, controller }) => {
      await lease.write(note('a'))
      expect(codeOf(controller.signal.reason)).toBe('WAITED_TOO_LONG')
      // What is to be removed and said is still written.
      await lease.write(note('b'))
    },
    () => ({ kept: true, cancelReason: 'WAITED_TOO_LONG', cameBack: false }),
  )
})

test('what must not outlast the lease is covered before it begins, or does not begin', async () => {
  await scene(async ({ lease, leases, time }) => {
    await lease.cover(1_000)
    expect(leases).toEqual([])
    await lease.cover(1_990)
    expect(leases).toEqual([2_090])
    await time.sleep(100)
    await lease.cover(60_000)
    expect(leases.at(-1)).toBe(60_100)
  })
})

test('a beat does not shorten the lease of a commit that is under way, and its end gives the time back', async () => {
  await scene(async ({ time, lease, leases }) => {
    await lease.during(10_000, async () => {
      await time.sleep(3_000)
      // By the beats of three seconds; the commit may take seven more.
      expect(leases.length).toBeGreaterThanOrEqual(5)
      expect(leases.at(-1)).toBeGreaterThanOrEqual(7_000)
    })
    await lease.write(note('after'))
    expect(leases.at(-1)).toBe(2_000)
    await expect(lease.during(10_000, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    await lease.write(note('after'))
    expect(leases.at(-1)).toBe(2_000)
  })
})

test('of two renewals the last one counts, also where it is the shorter one', async () => {
  await scene(async ({ time, lease, leases }) => {
    await lease.cover(10_000)
    await lease.write(note('shorter'))
    const asked = leases.length
    // The database has what was asked for last: 2 s. The longer time is gone.
    await lease.cover(5_000)
    expect(leases.length).toBe(asked + 1)
    expect(time.monotonicMs()).toBeLessThan(100)
  })
})

test('it is renewed with every beat, and progress goes with it', async () => {
  await scene(async ({ time, lease, leases }) => {
    lease.tell({ phase: 'delivering', dataset: 'rows', rows: 1, bytes: 0, percent: null })
    await time.sleep(5_000)
    expect(leases.length).toBeGreaterThanOrEqual(9)
    expect(lease.signal.aborted).toBe(false)
  })
})
