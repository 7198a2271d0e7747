/** Rejected rows: shown page by page, or given as a file. Those of a run that has not ended are put together when they are asked for. */
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SegueError } from '../../contract/errors.ts'
import { nearest } from '../../contract/nearest.ts'
import type { SpoolSession } from '../../contract/reader.ts'
import { isFinal, type RejectedRow } from '../../contract/runs.ts'
import type { EngineDependencies } from '../dependencies.ts'
import type { StoredRun } from '../run-store.ts'
import { writeRecordLedgers } from './record-ledger.ts'

const deadlineMs = 600_000
const blockBytes = 65_536

export interface RejectedPage {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly dataset?: string | undefined
  readonly code?: string | undefined
}

/** The cursor is the ordinal of the last row that was seen. INVALID for one that is none, and where it is not clear which dataset is meant. */
export async function readRejectedRows(
  deps: EngineDependencies,
  found: StoredRun,
  { limit, cursor, dataset, code }: RejectedPage,
): Promise<{ readonly items: readonly RejectedRow[]; readonly next: string | null }> {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor))
    throw new SegueError('INVALID', `"${cursor}" is no cursor of a list of rejected rows.`)
  const after = cursor === undefined ? null : Number(cursor)
  await using scratch = await scratchFolder(deps)
  const kept = await keptRows(deps, found, dataset, scratch.folder)
  if (kept === null) return { items: [], next: null }
  const rows = await withSession(deps, [kept.folder], (session) =>
    session.readRejected({ rejected: kept.file, after, code: code ?? null, limit: limit + 1 }),
  )
  const page = rows.slice(0, limit)
  return { items: page, next: rows.length > limit ? String(page.at(-1)?.row ?? '') : null }
}

/** All of a dataset, as a file that is read while it is sent, and then removed. */
export async function* rejectedRowsFile(
  deps: EngineDependencies,
  found: StoredRun,
  { dataset, format }: { readonly dataset?: string | undefined; readonly format: 'ndjson' | 'csv' },
): AsyncGenerator<Uint8Array> {
  await using scratch = await scratchFolder(deps)
  const kept = await keptRows(deps, found, dataset, scratch.folder)
  if (kept === null) return
  const output = join(scratch.folder, `rejects.${format}`)
  await withSession(deps, [kept.folder, scratch.folder], (session) => session.exportRejected({ rejected: kept.file, format, output }))
  await using file = await open(output, 'r')
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(blockBytes), 0, blockBytes)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

async function scratchFolder({ spoolDir }: EngineDependencies): Promise<AsyncDisposable & { readonly folder: string }> {
  await mkdir(spoolDir, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(spoolDir, 'rejects-'))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** null where the run keeps none: it delivers files, or has no rejected rows. */
async function keptRows(
  deps: EngineDependencies,
  found: StoredRun,
  name: string | undefined,
  scratch: string,
): Promise<{ readonly file: string; readonly folder: string } | null> {
  const { run } = found
  const keepsRows = found.datasets.some(({ frozen }) => frozen?.refused !== undefined)
  const isUnderWay = !isFinal(run.state) && keepsRows
  const ledgerDir = isUnderWay ? scratch : deps.ledgerDir
  const written = isUnderWay ? await writeRecordLedgers({ ...deps, ledgerDir }, found, 'RUN_FAILED') : null
  const datasets = found.datasets.map((dataset) => ({
    name: dataset.name,
    rejected_rows: written === null ? dataset.rejected_rows : (written.find((one) => one.dataset === dataset.number)?.rejectedRows ?? null),
  }))
  const names = datasets.map((dataset) => dataset.name)
  if (name !== undefined && !names.includes(name))
    throw new SegueError('NOT_FOUND', `Run ${run.id} has no dataset "${name}".${nearest(name, names)}`)
  const kept = datasets.filter((dataset) => dataset.rejected_rows !== null && (name ?? dataset.name) === dataset.name)
  if (kept.length > 1)
    throw new SegueError('INVALID', `Run ${run.id} has rejected rows in several datasets (${namesOf(kept)}); name one of them.`)
  const file = kept[0]?.rejected_rows
  return file == null ? null : { file: join(ledgerDir, file), folder: join(ledgerDir, run.id) }
}

function namesOf(datasets: readonly { readonly name: string }[]): string {
  return datasets.map(({ name }) => `"${name}"`).join(', ')
}

async function withSession<T>(
  deps: EngineDependencies,
  folders: readonly string[],
  work: (session: SpoolSession) => Promise<T>,
): Promise<T> {
  const session = await deps.reader.openSpool({ folders, deadlineMs, signal: new AbortController().signal })
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}
