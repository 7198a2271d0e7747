/** Rejected rows of runs that have ended: shown page by page, or given as a file. */
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SegueError } from '../../contract/errors.ts'
import { nearest } from '../../contract/nearest.ts'
import type { SpoolSession } from '../../contract/reader.ts'
import type { RejectedRow } from '../../contract/runs.ts'
import type { RunDatasetRow } from '../../store/runs/run-datasets.ts'
import type { EngineDependencies } from '../dependencies.ts'
import type { StoredRun } from '../run-store.ts'

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
  const kept = keptRows(deps, found, dataset)
  if (kept === null) return { items: [], next: null }
  const after = cursor === undefined ? null : Number(cursor)
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
  const kept = keptRows(deps, found, dataset)
  if (kept === null) return
  await mkdir(deps.spoolDir, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(deps.spoolDir, 'rejects-'))
  try {
    const output = join(folder, `rejects.${format}`)
    await withSession(deps, [kept.folder, folder], (session) => session.exportRejected({ rejected: kept.file, format, output }))
    await using file = await open(output, 'r')
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(blockBytes), 0, blockBytes)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** null where the run keeps none: it delivers files, has no rejected rows, or has not ended. */
function keptRows(
  { ledgerDir }: EngineDependencies,
  { run, datasets }: StoredRun,
  name: string | undefined,
): { readonly file: string; readonly folder: string } | null {
  const names = datasets.map((dataset) => dataset.name)
  if (name !== undefined && !names.includes(name))
    throw new SegueError('NOT_FOUND', `Run ${run.id} has no dataset "${name}".${nearest(name, names)}`)
  const kept = datasets.filter((dataset) => dataset.rejected_rows !== null && (name ?? dataset.name) === dataset.name)
  if (kept.length > 1)
    throw new SegueError('INVALID', `Run ${run.id} has rejected rows in several datasets (${namesOf(kept)}); name one of them.`)
  const file = kept[0]?.rejected_rows
  return file == null ? null : { file: join(ledgerDir, file), folder: join(ledgerDir, run.id) }
}

function namesOf(datasets: readonly RunDatasetRow[]): string {
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
