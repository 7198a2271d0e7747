/** The ledger of a run that delivers files: an entry a file, one Parquet file a dataset. */
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { PartRow } from '../../store/runs/parts.ts'
import type { DatasetLedger } from '../../store/runs/run-changes.ts'
import { pagesOfParts } from '../all-parts.ts'
import type { EngineDependencies } from '../dependencies.ts'
import { ledgerEntryOf } from '../ledger-entry.ts'
import type { StoredRun } from '../run-store.ts'

/** Writes the ledgers of all datasets, durably. */
export async function writeFileLedgers(
  deps: EngineDependencies,
  { run, datasets }: StoredRun,
  otherwise: string,
): Promise<DatasetLedger[]> {
  const parts: PartRow[] = []
  for await (const page of pagesOfParts(deps.runs, run.id)) parts.push(...page)
  await mkdir(join(deps.ledgerDir, run.id), { recursive: true, mode: 0o700 })
  const ledgers: DatasetLedger[] = []
  for (const { number, name } of datasets) {
    const ledger = `${run.id}/${number}.parquet`
    const own = parts.filter(({ dataset }) => dataset === number)
    await writeWhole(join(deps.ledgerDir, ledger), fileLedger(name, own, otherwise))
    ledgers.push({ dataset: number, ledger, rejectedRows: null, rejects: null })
  }
  return ledgers
}

function fileLedger(dataset: string, parts: readonly PartRow[], otherwise: string): Uint8Array {
  const entries = parts.map((part) => ({ ...ledgerEntryOf(part, otherwise), file: part }))
  type Entry = (typeof entries)[number]
  const text = (name: string, pick: (entry: Entry) => string | null) => ({
    name,
    data: entries.map(pick),
    type: 'STRING' as const,
    nullable: true,
  })
  const int64 = (name: string, pick: (entry: Entry) => string | null) => ({
    name,
    data: entries.map((entry) => pick(entry)).map((count) => (count === null ? null : BigInt(count))),
    type: 'INT64' as const,
    nullable: true,
  })
  const written = parquetWriteBuffer({
    columnData: [
      text('dataset', () => dataset),
      text('name', ({ file }) => file.name),
      int64('rows', ({ file }) => file.rows),
      int64('bytes', ({ file }) => file.bytes),
      text('sha256', ({ file }) => file.sha256),
      text('verdict', ({ verdict }) => verdict),
      text('code', ({ code }) => code),
      text('reason', ({ reason }) => reason),
      text('part', ({ part }) => part),
      int64('attempt', ({ attempt }) => String(attempt)),
      text('at', ({ at }) => at),
    ],
  })
  return new Uint8Array(written)
}

/** Appears whole or not at all. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.part`
  {
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(bytes)
    await file.sync()
  }
  await rename(temporary, path)
}
