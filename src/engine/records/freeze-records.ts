/** From the query to frozen rows: read once, those that cannot be sent found, and kept for every attempt (delivery.md, Frozen input). */
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ColumnInfo } from '../../contract/database.ts'
import { SegueError } from '../../contract/errors.ts'
import { frozenGroupRows, type SpoolSession } from '../../contract/reader.ts'
import type { FrozenFacts } from '../../store/runs/run-changes.ts'
import { deadlineMs, listTables, openDatabase } from '../connections.ts'
import { makeSpoolFile } from '../files/render-file.ts'
import { planSources, type PlannedSource } from '../plan-datasets.ts'
import type { StoredRun } from '../run-store.ts'
import { spoolName } from '../run-work.ts'
import type { RecordWork } from './record-work.ts'
import type { RunSpool } from './run-spool.ts'

interface Frozen {
  readonly name: string
  readonly file: string
  readonly rows: number
  readonly columns: readonly ColumnInfo[]
}

/** A window of rows is read back at a time: so many, or fewer where rows are large. */
export const mostWindowRows = 4 * frozenGroupRows
const windowBytes = 16_000_000

/** Throws what stopped it; then nothing is frozen, and nothing was sent. */
export async function freezeRecords(work: RecordWork, found: StoredRun, spool: RunSpool): Promise<void> {
  const { deps, lease, run, epoch } = work
  const folder = join(deps.spoolDir, spoolName(run, epoch))
  const frozen =
    found.run.retry_what === 'rejected'
      ? await freezeRejected(work, found, await spool.session(), folder)
      : await freezeSources(work, found, spool, folder)
  deps.reached('extracted')
  const facts: FrozenFacts[] = []
  for (const [number, dataset] of frozen.entries()) facts.push(await factsOf(work, await spool.session(), folder, number, dataset))
  await lease.write({ kind: 'frozen', spool: spoolName(run, epoch), datasets: facts, files: [] })
  deps.reached('frozen')
}

async function freezeSources(work: RecordWork, found: StoredRun, spool: RunSpool, folder: string): Promise<Frozen[]> {
  const { deps, lease, pinned, progress } = work
  const datasets = await plan(work, found)
  const outputs = datasets.map((_, number) => join(folder, fileName(number)))
  const session = await openDatabase(deps, pinned.database, { outputs, deadlineMs, signal: lease.signal })
  // It starts while rows are read. Who asks again hears what went wrong.
  spool.session().catch(() => undefined)
  try {
    const frozen: Frozen[] = []
    for (const [number, { name, source, mapping }] of datasets.entries()) {
      lease.signal.throwIfAborted()
      progress.enter('extracting', name)
      const output = outputs[number] ?? ''
      await makeSpoolFile(output)
      const request = { source, mapping, key: pinned.delivery.key, output, limit: null }
      const { rows, columns } = await session.freeze(request, (news) => progress.tell(news))
      frozen.push({ name, file: fileName(number), rows, columns })
    }
    return frozen
  } finally {
    await session.close()
  }
}

async function plan({ deps, lease, pinned }: RecordWork, found: StoredRun): Promise<readonly PlannedSource[]> {
  const tables = pinned.object.kind === 'export' ? await listTables(deps, pinned.database, lease.signal) : []
  const planned = planSources(pinned, tables)
  // A retry run has the datasets that were left; what else the export has by now is not its business.
  const wanted = found.run.retry_of === null ? [] : found.datasets.map(({ name }) => name)
  const datasets = wanted.length === 0 ? planned : planned.filter(({ name }) => wanted.includes(name))
  await lease.write(
    { kind: 'plan', datasets: datasets.map(({ name }) => name), parts: [] },
    { kind: 'event', event: 'running', detail: { datasets: datasets.length } },
  )
  deps.reached('planned')
  return datasets
}

/** The rows that the destination refused in another run, with their values as they were. */
async function freezeRejected({ deps, lease }: RecordWork, found: StoredRun, spool: SpoolSession, folder: string): Promise<Frozen[]> {
  const of = await deps.runs.load(found.run.retry_of ?? '')
  const datasets = of.datasets.filter(({ rejected_rows: rejected }) => rejected !== null)
  await lease.write(
    { kind: 'plan', datasets: datasets.map(({ name }) => name), parts: [] },
    { kind: 'event', event: 'running', detail: { datasets: datasets.length } },
  )
  const frozen: Frozen[] = []
  for (const [number, { name, rejected_rows: rejected, columns }] of datasets.entries()) {
    const path = join(deps.ledgerDir, rejected ?? '')
    if ((await stat(path).catch(() => null)) === null)
      throw new SegueError('SPOOL_EXPIRED', `The rejected rows of run ${of.run.id} are not kept any more.`)
    const { rows } = await spool.freezeRejected({ rejected: path, output: join(folder, fileName(number)) })
    frozen.push({ name, file: fileName(number), rows, columns: (columns ?? []) as readonly ColumnInfo[] })
  }
  return frozen
}

async function factsOf(
  { limits, pinned, lease }: RecordWork,
  spool: SpoolSession,
  folder: string,
  dataset: number,
  { file, rows, columns }: Frozen,
): Promise<FrozenFacts> {
  lease.signal.throwIfAborted()
  const refused = `${dataset}.refused.parquet`
  const frozen = join(folder, file)
  const rejects = await spool.refuse({
    frozen,
    hasKey: pinned.delivery.key !== null,
    rowBytes: limits.batchBytes,
    output: join(folder, refused),
  })
  const bytes = await keep(frozen)
  await keep(join(folder, refused))
  return {
    dataset,
    frozen: { file, refused, rows, bytes, sha256: null, windowRows: windowRowsOf(rows, bytes) },
    columns,
    rejects,
    queried: rows,
    rejected: rejects.reduce((sum, each) => sum + each.rows, 0),
  }
}

/** A group of rows in the middle of which a window begins is read for both windows: a window takes whole groups where it can hold one. */
function windowRowsOf(rows: number, bytes: number): number {
  const fits = Math.max(1, Math.min(mostWindowRows, Math.floor((rows * windowBytes) / Math.max(1, bytes))))
  return fits < frozenGroupRows ? fits : fits - (fits % frozenGroupRows)
}

/** Makes sure that it is on the disk before the store says so; its bytes. */
async function keep(path: string): Promise<number> {
  await using file = await open(path, 'r')
  await file.sync()
  return (await file.stat()).size
}

function fileName(dataset: number): string {
  return `${dataset}.parquet`
}
