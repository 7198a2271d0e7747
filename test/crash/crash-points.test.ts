/** kill -9 at every named crash point, for every kind of destination: another worker goes on, and nothing is lost, half or doubled. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { crashPoints, type CrashPoint } from '../../src/engine/crash-points.ts'
import { eventually } from '../helpers/eventually.ts'
import { crashTimings } from '../helpers/crash-timings.ts'
import { crashPlace, type CrashPlace } from './place.ts'
import { tell } from './report.ts'
import { checkOracles, sceneKinds, type Scene } from './scenes.ts'

/** Files are sent from the spool only when a run is resumed. */
const resumedOnly: readonly CrashPoint[] = ['file_sent', 'file_staged']

test('every crash point is reached by some destination', () => {
  const reached = new Set(sceneKinds.flatMap(({ points }) => points))
  expect(crashPoints.filter((point) => !reached.has(point))).toEqual(resumedOnly)
})

describe.each(sceneKinds)('$name', (kind) => {
  let place: CrashPlace
  let scene: Scene
  const timesReached = new Map<string, number>()
  let worstMs = 0
  let kills = 0

  beforeAll(async () => {
    place = await crashPlace()
    scene = await kind.open(place)
    await place.apply(scene.documents)
  })
  afterAll(async () => {
    await place[Symbol.asyncDispose]()
    await scene[Symbol.asyncDispose]()
  })

  test('an undisturbed run reaches the points that are expected', async () => {
    const worker = await place.worker()
    onTestFinished(() => worker.kill('SIGKILL'))
    const run = await place.start(scene.name)
    await checkOracles(place, scene, await place.settled(run.id))
    await eventually(() => worker.reached.includes('ended'))
    for (const point of worker.reached.slice(1)) timesReached.set(point, (timesReached.get(point) ?? 0) + 1)
    expect([...timesReached.keys()].toSorted()).toEqual(kind.points.toSorted())
    worker.kill('SIGTERM')
    await worker.gone
  })

  /** Kills at the n-th time that the point is reached, and lets another worker go on. */
  const killAt = async (point: CrashPoint, nth: number): Promise<void> => {
    const next = await place.worker()
    next.kill('SIGSTOP')
    const worker = await place.worker({ point, nth })
    onTestFinished(() => [next, worker].forEach((each) => each.kill('SIGKILL')))
    const run = await place.start(scene.name)
    const killedAtMs = await worker.gone
    const epoch = await place.epochOf(run.id)
    next.kill('SIGCONT')
    // The run has ended at the last point: nobody takes it over.
    if (point !== 'ended') {
      await eventually(async () => (await place.epochOf(run.id)) > epoch)
      const takeoverMs = performance.now() - killedAtMs
      expect(takeoverMs).toBeLessThan(crashTimings.leaseMs + 5_000)
      worstMs = Math.max(worstMs, takeoverMs)
    }
    await checkOracles(place, scene, await place.settled(run.id))
    kills += 1
    next.kill('SIGTERM')
    await next.gone
  }

  // Of other systems: peer defects 13, 15.
  test.each(kind.points)('kill -9 at %s, the first and the last time that it is reached', async (point) => {
    const times = timesReached.get(point) ?? 0
    expect(times).toBeGreaterThan(0)
    await killAt(point, 1)
    if (times > 1) await killAt(point, times)
  })

  test('all of them held', () => {
    expect(kills).toBeGreaterThanOrEqual(kind.points.length)
    tell({
      fault: 'crash-point',
      destination: kind.name,
      times: kills,
      outcome: `${kind.points.length} points; every run ended as it does undisturbed`,
      worst: { what: 'takeover after', ms: worstMs },
    })
  })
})

test.each(resumedOnly)('kill -9 at %s, while a resumed run sends its files from the spool', async (point) => {
  const sftp = sceneKinds.find(({ name }) => name === 'sftp')
  if (!sftp) throw new Error('there is no scene of SFTP')
  await using place = await crashPlace()
  await using scene = await sftp.open(place)
  await place.apply(scene.documents)
  const first = await place.worker({ point: 'frozen', nth: 1 })
  const run = await place.start(scene.name)
  await first.gone
  // Somebody tidied up: the temporary files are gone, the spool has them.
  const folder = join(scene.folder ?? '', run.id)
  for (const name of await readdir(folder)) await rm(join(folder, name))
  const second = await place.worker({ point, nth: 1 })
  await second.gone
  expect(second.reached).toContain(point)
  await place.worker()
  await checkOracles(place, scene, await place.settled(run.id))
  tell({ fault: 'crash-point', destination: 'sftp, resumed', times: 2, outcome: `${point}; the run ended as it does undisturbed` })
})
