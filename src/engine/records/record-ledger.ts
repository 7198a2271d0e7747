/** The ledger of a run that delivers records: what became of every row, and the rejected rows with their values. */
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { SpoolSession } from '../../contract/reader.ts'
import type { RejectReason } from '../../contract/runs.ts'
import type { PartRow } from '../../store/runs/parts.ts'
import type { DatasetLedger } from '../../store/runs/run-changes.ts'
import { pagesOfParts } from '../all-parts.ts'
import type { EngineDependencies } from '../dependencies.ts'
import { ledgerEntryOf } from '../ledger-entry.ts'
import { pinnedRun } from '../pinned-run.ts'
import type { StoredRun } from '../run-store.ts'
import { frozenRowsOf, type FrozenRows } from './deliver-dataset.ts'

const deadlineMs = 3_600_000

/** The folders in which the files of a run are: of all its epochs, of what it took over from another run, and the ledgers, whose rejected rows a retry reads. */
export function foldersOf({ spoolDir, ledgerDir }: EngineDependencies, { run }: StoredRun): readonly string[] {
  return [join(spoolDir, run.id), ...(run.spool === null ? [] : [join(spoolDir, run.spool)]), ledgerDir]
}

/** Writes the ledgers of all datasets, durably, with the session that is open or one of its own. None for a run whose rows were not frozen. */
export async function writeRecordLedgers(
  deps: EngineDependencies,
  found: StoredRun,
  otherwise: string,
  open: SpoolSession | null = null,
): Promise<DatasetLedger[]> {
  const { run, datasets } = found
  const { spool } = run
  if (run.frozen_at === null || spool === null) return []
  const folder = join(deps.ledgerDir, run.id)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(folder, 'writing-'))
  const session =
    open ?? (await deps.reader.openSpool({ folders: foldersOf(deps, found), deadlineMs, signal: new AbortController().signal }))
  try {
    const ledgers: DatasetLedger[] = []
    const hasKey = pinnedRun.parse(run.pinned).delivery.key !== null
    for (const dataset of datasets) {
      const frozen = frozenRowsOf(dataset, join(deps.spoolDir, spool))
      const own = { hasKey, withRefused: spool.startsWith(`${run.id}/`), skippedFrom: frozen.plannedTo }
      ledgers.push(await writeLedger(deps, session, { run: run.id, frozen, own, otherwise, scratch }))
    }
    return ledgers
  } finally {
    if (session !== open) await session.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

interface LedgerOfDataset {
  readonly run: string
  readonly frozen: FrozenRows
  /** What belongs to this run: one that took over what another had left does not count again what that one had counted. */
  readonly own: { readonly hasKey: boolean; readonly withRefused: boolean; readonly skippedFrom: number }
  readonly otherwise: string
  readonly scratch: string
}

async function writeLedger(
  deps: EngineDependencies,
  session: SpoolSession,
  { run, frozen, own, otherwise, scratch }: LedgerOfDataset,
): Promise<DatasetLedger> {
  const { number } = frozen
  const paths = {
    ranges: join(scratch, 'ranges'),
    rows: join(scratch, 'rows'),
    ledger: join(scratch, 'ledger.parquet'),
    rejected: join(scratch, 'rejected.parquet'),
  }
  const verdicts = await writeEntries(deps, run, number, otherwise, paths)
  const common = { frozen: frozen.frozen, refused: frozen.refused, verdicts }
  await session.ledger({ ...common, ...own, ranges: paths.ranges, rows: paths.rows, otherwise, output: paths.ledger })
  const { rows, reasons } = await session.rejected({ ...common, ledger: paths.ledger, output: paths.rejected })
  const ledger = `${run}/${number}.parquet`
  await keep(paths.ledger, join(deps.ledgerDir, ledger))
  if (rows === 0) return { dataset: number, ledger, rejectedRows: null, rejects: [] }
  const rejectedRows = `${run}/${number}.rejected.parquet`
  await keep(paths.rejected, join(deps.ledgerDir, rejectedRows))
  return { dataset: number, ledger, rejectedRows, rejects: reasons satisfies readonly RejectReason[] }
}

/** Writes what became of the parts: stretches of rows, and single rows of those that hold only some; gives the verdict files. */
async function writeEntries(
  deps: EngineDependencies,
  run: string,
  dataset: number,
  otherwise: string,
  paths: { readonly ranges: string; readonly rows: string },
): Promise<string[]> {
  const ranges = createWriteStream(paths.ranges, { mode: 0o600 })
  const rows = createWriteStream(paths.rows, { mode: 0o600 })
  const verdicts: string[] = []
  try {
    for await (const { part, children } of familiesOf(deps, run, dataset)) {
      if (part.verdict_file !== null) verdicts.push(join(deps.spoolDir, part.verdict_file))
      // What was split before a row was accepted lives on in its pieces.
      if (part.state === 'split' && Number(part.delivered) === 0) continue
      const entry = ledgerEntryOf(part, otherwise)
      if (part.ordinals === null) await write(ranges, { from: Number(part.from_row), to: Number(part.to_row), ...entry })
      else {
        const elsewhere = new Set(children.flatMap(({ ordinals }) => ordinals ?? []))
        for (const row of part.ordinals) if (!elsewhere.has(row)) await write(rows, { row, ...entry })
      }
    }
  } finally {
    ranges.end()
    rows.end()
    await Promise.all([finished(ranges), finished(rows)])
  }
  return verdicts
}

/** The parts of a dataset with those that they were split into. Parts come in the order of their making, pieces after what they are pieces of. */
async function* familiesOf(
  deps: EngineDependencies,
  run: string,
  dataset: number,
): AsyncGenerator<{ part: PartRow; children: readonly PartRow[] }> {
  for await (const page of pagesOfParts(deps.runs, run)) {
    const own = page.filter((part) => part.dataset === dataset)
    const split = own.filter(({ state, ordinals }) => state === 'split' && ordinals !== null).map(({ id }) => id)
    const children = split.length === 0 ? [] : await deps.runs.children(run, split)
    const byParent = Map.groupBy(children, ({ parent }) => parent)
    for (const part of own) yield { part, children: byParent.get(part.id) ?? [] }
  }
}

async function write(stream: NodeJS.WritableStream, entry: object): Promise<void> {
  if (!stream.write(`${JSON.stringify(entry)}\n`)) await new Promise((resolve) => stream.once('drain', resolve))
}

/** On the disk, then under its name. */
async function keep(from: string, to: string): Promise<void> {
  {
    await using file = await open(from, 'r')
    await file.sync()
  }
  await rename(from, to)
}
