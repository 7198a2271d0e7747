/** The kinds of destinations that crash tests go through. A new kind is one more scene. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RunDocument } from '../../src/contract/runs.ts'
import type { CrashPoint } from '../../src/engine/crash-points.ts'
import { expectLedger } from '../helpers/ledger.ts'
import { startMisbehavingServer } from '../helpers/misbehaving-server.ts'
import type { GivenMisbehaviour } from '../helpers/misbehaviour.ts'
import { startSshd } from '../helpers/sshd.ts'
import { allRows, badEvery, rowsOf, type CrashPlace } from './place.ts'

export interface Scene extends AsyncDisposable {
  /** Of the orchestration too. */
  readonly name: string
  readonly documents: readonly object[]
  /** What a run ends as that nothing disturbs. */
  readonly endsAs: RunDocument['state']
  /** Where its files are; null where it has none. */
  readonly folder: string | null
  /** Everything that the destination has of a run is what it should have (I1 to I3, I6 of the oracles). */
  check(run: RunDocument): Promise<void>
}

export interface SceneKind {
  readonly name: string
  /** The crash points that a run reaches which nothing disturbs. */
  readonly points: readonly CrashPoint[]
  open(place: CrashPlace): Promise<Scene>
}

const common: readonly CrashPoint[] = ['claimed', 'planned', 'extracted', 'frozen', 'intent_written', 'ledger_written', 'ended']
const filePoints: readonly CrashPoint[] = [...common, 'publish_intent_written', 'file_renamed', 'file_published']
const recordPoints: readonly CrashPoint[] = [...common, 'parts_planned', 'batch_sent', 'verdicts_written', 'checkpoint_written']

export const sceneKinds: readonly SceneKind[] = [
  {
    name: 'local',
    points: filePoints,
    async open(place) {
      const outbox = join(place.folder, 'outbox')
      await mkdir(outbox)
      return fileScene('local', outbox, { type: 'local', settings: { folder: outbox } }, [], {
        [Symbol.asyncDispose]: () => Promise.resolve(),
      })
    },
  },
  {
    name: 'sftp',
    points: filePoints,
    async open() {
      const sshd = await startSshd()
      const settings = { host: sshd.host, port: sshd.port, folder: sshd.folder, hostKey: sshd.hostKeys.ed25519 }
      const credential = { kind: 'credential', name: 'partner', type: 'sftp', secrets: { user: sshd.user, privateKey: sshd.privateKey } }
      return fileScene('sftp', sshd.folder, { type: 'sftp', credential: 'partner', settings }, [credential], sshd)
    },
  },
  { name: 'http-idempotent', points: recordPoints, open: () => httpScene('http-idempotent', true) },
  { name: 'http-plain', points: recordPoints, open: () => httpScene('http-plain', false) },
]

async function fileScene(
  name: string,
  folder: string,
  destination: object,
  before: readonly object[],
  owner: AsyncDisposable,
): Promise<Scene> {
  /** Hashes of an undisturbed run's files, by table. */
  let whole: ReadonlyMap<string, string> | null = null
  return {
    name,
    folder,
    endsAs: 'succeeded',
    documents: [
      ...before,
      { kind: 'destination', name, ...destination, limits: { runs: 4 } },
      {
        kind: 'orchestration',
        name,
        export: 'shop',
        destination: name,
        settings: { format: 'csv', fileName: '{{ run_id }}/{{ table }}.csv', existing: 'fail' },
      },
    ],
    async check(run) {
      const found = new Map<string, string>()
      for (const file of await readdir(join(folder, run.id)).catch(() => [])) {
        const content = await readFile(join(folder, run.id, file))
        found.set(file, createHash('sha256').update(content).digest('hex'))
      }
      expect([...found.keys()].toSorted(), 'files at the destination, temporary ones too').toEqual(['customer.csv', 'invoice.csv'])
      expect(run.files.map(({ sha256 }) => sha256).toSorted()).toEqual([...found.values()].toSorted())
      whole ??= found
      expect(found, 'the files are those of an undisturbed run, byte for byte').toEqual(whole)
      expect(run.counts).toMatchObject({ queried: allRows, delivered: allRows, possibleDuplicate: 0 })
    },
    [Symbol.asyncDispose]: () => owner[Symbol.asyncDispose](),
  }
}

interface SentRow {
  readonly id: string
  readonly bad: boolean
}

const answers: GivenMisbehaviour = { do: 'verdicts' }

async function httpScene(name: string, idempotent: boolean): Promise<Scene> {
  const server = await startMisbehavingServer({ otherwise: answers, honoursKeys: idempotent })
  const ids = Object.entries(rowsOf).flatMap(([table, rows]) =>
    Array.from({ length: rows }, (_, i) => ({ id: `${table}-${i}`, bad: i % badEvery === 7 })),
  )
  const good = ids.filter(({ bad }) => !bad).map(({ id }) => id)
  return {
    name,
    folder: null,
    endsAs: 'succeeded_with_rejects',
    documents: [
      {
        kind: 'destination',
        name,
        type: 'http',
        limits: { runs: 4 },
        settings: {
          url: server.url,
          batchRows: 100,
          body: '{"run": {{ run }}, "rows": {{ rows }}}',
          verdicts: {
            results: '/results',
            index: '/index',
            acceptedWhen: { pointer: '/status', equals: 200 },
            code: '/code',
            reason: '/message',
          },
          ...(idempotent && { idempotencyHeader: 'Idempotency-Key' }),
        },
      },
      { kind: 'orchestration', name, export: 'shop', destination: name, retry: { attempts: 20, within: '10m' } },
    ],
    async check(run) {
      const requests = server.requests.filter(({ body }) => body.startsWith(`{"run": "${run.id}"`))
      const effects = requests.flatMap(({ effect }) => effect as readonly SentRow[]).map(({ id }) => id)
      expect([...new Set(effects)].toSorted(), 'every good row arrived, no bad one').toEqual(good.toSorted())
      expect(run.counts).toMatchObject({ queried: allRows, delivered: good.length, rejected: allRows - good.length })
      const doubled = effects.length - good.length
      if (idempotent) expect([doubled, run.counts.possibleDuplicate]).toEqual([0, 0])
      // Each row that is there more often than once was marked.
      else
        expect(new Set(effects.filter((id, index) => effects.indexOf(id) !== index)).size).toBeLessThanOrEqual(run.counts.possibleDuplicate)
      expect(run.datasets.flatMap(({ rejects }) => rejects).reduce((sum, { rows }) => sum + rows, 0)).toBe(run.counts.rejected)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** What must hold of every run that ended, whatever happened to it. */
export async function checkOracles(place: CrashPlace, scene: Scene, run: RunDocument): Promise<void> {
  expect(run, run.reason ?? '').toMatchObject({ state: scene.endsAs })
  for (const { counts } of run.datasets) {
    const { queried, delivered, rejected, skipped, unknown, pending } = counts
    expect(delivered + rejected + skipped + unknown + pending).toBe(queried)
    expect([pending, unknown]).toEqual([0, 0])
  }
  await scene.check(run)
  if (run.files.length === 0) await expectLedger(place.dataDir, run)
  const open = await place.ask(
    "SELECT id, state FROM part WHERE run_id = $1 AND state IN ('pending', 'sending', 'staged', 'unknown', 'failed')",
    [run.id],
  )
  expect(open, 'parts that are not settled').toEqual([])
  expect(await place.get(run.id), 'a run that has ended does not change').toEqual(run)
}
