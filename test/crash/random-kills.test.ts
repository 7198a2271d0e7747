/** kill -9 at random, 200 times, while every kind of destination is delivered to: each run ends as if nothing had happened. */
import { expect, test } from 'vitest'
import type { RunDocument } from '../../src/contract/runs.ts'
import { eventually } from '../helpers/eventually.ts'
import { createVirtualTime } from '../helpers/virtual-time.ts'
import { crashPlace, type Worker } from './place.ts'
import { tell } from './report.ts'
import { checkOracles, sceneKinds, type Scene } from './scenes.ts'

const kills = 200
const workersAtOnce = 3
/** Another order of kills: SEGUE_CRASH_SEED. The orders of the machine are not in it. */
const seed = Number(process.env['SEGUE_CRASH_SEED'] ?? 20_261_125)

test(`${kills} random kills (seed ${seed})`, { timeout: 900_000 }, async () => {
  const { random } = createVirtualTime(seed)
  await using place = await crashPlace()
  await using opened = new AsyncDisposableStack()
  const scenes: Scene[] = []
  for (const kind of sceneKinds) scenes.push(opened.use(await kind.open(place)))
  for (const scene of scenes) await place.apply(scene.documents)

  const active = new Map<string, RunDocument>()
  const ended: { readonly scene: Scene; readonly run: RunDocument }[] = []
  /** Every orchestration has a run at all times, while kills go on. */
  const keepBusy = async (isOver: boolean): Promise<void> => {
    for (const scene of scenes) {
      const known = active.get(scene.name)
      const run = known && (await place.get(known.id))
      if (run && run.endedAt === null) continue
      if (run) ended.push({ scene, run })
      active.delete(scene.name)
      if (!isOver) active.set(scene.name, await place.start(scene.name))
    }
  }
  const workers: Worker[] = []
  for (let count = 0; count < workersAtOnce; count += 1) workers.push(await place.worker())
  for (let count = 0; count < kills; count += 1) {
    await keepBusy(false)
    const victim = workers.splice(Math.floor(random() * workers.length), 1)[0]
    const waitMs = random() * 1_200
    const until = performance.now() + waitMs
    await eventually(() => performance.now() >= until)
    victim?.kill('SIGKILL')
    await victim?.gone
    // Killed faster than a worker can start, runs would be taken for poison.
    workers.push(await place.worker())
  }
  await eventually(async () => {
    await keepBusy(true)
    return active.size === 0
  }, 120_000)

  // Three workers that died on a run without a checkpoint between may have met it by chance: it ends as failed, by design.
  const poisoned = ended.filter(({ run }) => run.reason === 'POISON')
  for (const { scene, run } of ended) if (run.reason !== 'POISON') await checkOracles(place, scene, run)
  for (const { run } of poisoned) {
    const { queried, delivered, rejected, skipped, unknown, pending } = run.counts
    expect(run.state).toBe('failed')
    if (queried !== null) expect([delivered + rejected + skipped + unknown, pending]).toEqual([queried, 0])
  }
  expect(ended.length).toBeGreaterThan(scenes.length * 3)
  expect(poisoned.length).toBeLessThan(ended.length / 4)
  for (const scene of scenes) {
    const own = ended.filter((each) => each.scene === scene)
    const met = poisoned.filter((each) => each.scene === scene).length
    const epochs = await place.ask('SELECT sum(epoch)::int AS epochs FROM run WHERE id = ANY ($1)', [own.map(({ run }) => run.id)])
    tell({
      fault: 'random',
      destination: scene.name,
      times: Number(epochs[0]?.['epochs']) - own.length,
      outcome: `${own.length} runs, ${own.length - met} ended as undisturbed ones do${met === 0 ? '' : `, ${met} as POISON`}; the times are those in which a run changed hands; ${kills} kills in all, seed ${seed}`,
    })
  }
})
