/** SIGSTOP past the lease, then SIGCONT: the worker that wakes up finds that it has nothing to say any more. */
import { expect, test } from 'vitest'
import type { CrashPoint } from '../../src/engine/crash-points.ts'
import { eventually } from '../helpers/eventually.ts'
import { crashPlace } from './place.ts'
import { tell } from './report.ts'
import { checkOracles, sceneKinds } from './scenes.ts'
import { crashTimings } from '../helpers/crash-timings.ts'

const points: Readonly<Record<string, readonly CrashPoint[]>> = {
  local: ['intent_written', 'frozen', 'publish_intent_written', 'file_renamed'],
  sftp: ['intent_written', 'frozen', 'publish_intent_written', 'file_renamed'],
  'http-idempotent': ['frozen', 'intent_written', 'batch_sent', 'verdicts_written', 'checkpoint_written'],
  'http-plain': ['intent_written', 'batch_sent'],
}

test.each(sceneKinds)('a worker of $name that stood still writes nothing any more', async (kind) => {
  await using place = await crashPlace()
  await using scene = await kind.open(place)
  await place.apply(scene.documents)
  for (const point of points[kind.name] ?? []) {
    const stopped = await place.worker({ point, nth: 1, signal: 'SIGSTOP' })
    const run = await place.start(scene.name)
    await eventually(() => stopped.reached.includes(point))
    const next = await place.worker()
    const ended = await place.settled(run.id)
    const before = stopped.reached.length
    stopped.kill('SIGCONT')
    // It has seen that the lease is lost when it is free to stop.
    stopped.kill('SIGTERM')
    await stopped.gone
    await checkOracles(place, scene, await place.get(ended.id))
    expect(await place.get(ended.id)).toEqual(ended)
    // It had written what it had written before it stood still, and may hear of that only now; the end of the run was not its own.
    expect(stopped.reached.slice(before)).not.toContain('ended')
    next.kill('SIGTERM')
    await next.gone
  }
  const times = points[kind.name]?.length ?? 0
  tell({
    fault: 'stopped',
    destination: kind.name,
    times,
    outcome: `stopped at ${points[kind.name]?.join(', ')}; nothing written afterwards`,
  })
})

test.each(sceneKinds)('a worker of $name that stood still in the middle of a transaction keeps its locks from nobody', async (kind) => {
  await using place = await crashPlace()
  await using scene = await kind.open(place)
  await place.apply(scene.documents)
  const sessions = async (condition: string): Promise<number> =>
    Number(
      (await place.ask(`SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND ${condition}`))[0]?.[
        'count'
      ],
    )
  const stopped = await place.worker()
  const { id } = await place.start(scene.name)
  await eventually(async () => (await place.epochOf(id)) === 1)
  const unlock = await place.lockRun(id)
  await eventually(async () => (await sessions("wait_event_type = 'Lock'")) > 0)
  stopped.kill('SIGSTOP')
  await unlock()
  await eventually(async () => (await sessions("state = 'idle in transaction'")) > 0)
  const stoppedMs = performance.now()
  await place.worker()
  await eventually(async () => (await place.epochOf(id)) > 1)
  const takeoverMs = performance.now() - stoppedMs
  expect(takeoverMs).toBeLessThan(crashTimings.leaseMs + 5_000)
  const ended = await place.settled(id)
  stopped.kill('SIGCONT')
  stopped.kill('SIGTERM')
  await stopped.gone
  await checkOracles(place, scene, await place.get(id))
  expect(await place.get(id)).toEqual(ended)
  tell({
    fault: 'stopped',
    destination: kind.name,
    times: 1,
    outcome: 'stopped in the middle of a transaction; its locks were free for others',
    worst: { what: 'takeover after', ms: takeoverMs },
  })
})
