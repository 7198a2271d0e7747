/** Sends what is left of one dataset, window after window. */
import { join } from 'node:path'
import { SegueError } from '../../contract/errors.ts'
import type { SpoolSession } from '../../contract/reader.ts'
import type { RunDatasetRow } from '../../store/runs/run-datasets.ts'
import { fileBytes, spoolName } from '../run-work.ts'
import { attempt, type Delivery } from './attempt.ts'
import { createBufferPool } from '../../contract/buffer-pool.ts'
import { newRecordPart, storedPart, type RecordPart } from './record-part.ts'
import type { RecordWork } from './record-work.ts'
import { sendAll } from './send-all.ts'
import { openWindow, type Window } from './window.ts'

/** So many batches are written as parts at once, before they are sent. */
const planAtOnce = 256

export interface FrozenRows {
  readonly number: number
  readonly name: string
  /** Absolute paths. */
  readonly frozen: string
  readonly refused: string
  readonly rows: number
  readonly windowRows: number
  readonly plannedTo: number
}

/** Throws for a dataset whose rows are not frozen. */
export function frozenRowsOf(row: RunDatasetRow, folder: string): FrozenRows {
  const { frozen } = row
  if (frozen?.file == null || frozen.refused === undefined || frozen.windowRows === undefined)
    throw new Error(`dataset ${row.number} of run ${row.run_id} is not frozen`)
  return {
    number: row.number,
    name: row.name,
    frozen: join(folder, frozen.file),
    refused: join(folder, frozen.refused),
    rows: frozen.rows,
    windowRows: frozen.windowRows,
    plannedTo: Number(row.planned_to),
  }
}

/** @param cause what was met where they were looked for */
export function frozenRowsLost(cause?: unknown): SegueError {
  return new SegueError('SPOOL_LOST', 'The frozen rows are not in the spool any more.', { cause })
}

/** While a request is on its way the outcome of another is written. */
const attemptsAtOnce = ({ parallel }: RecordWork['limits']): number => parallel * 2

/** Makes the lines of a stretch of rows readable. */
export type RenderWindow = (from: number, to: number) => Promise<Window>

/** Renders windows into files of the run's spool. */
export function windowFiles({ deps, run, epoch, lease, limits }: RecordWork, spool: SpoolSession, dataset: FrozenRows): RenderWindow {
  const { number, frozen, refused } = dataset
  const buffers = createBufferPool(attemptsAtOnce(limits))
  return async (from, to) => {
    const path = join(deps.spoolDir, spoolName(run, epoch), `${number}-${from}.ndjson`)
    try {
      return await openWindow(spool, { frozen, refused, from, to, path }, buffers, lease.signal)
    } catch (error) {
      if ((await fileBytes(frozen)) !== null && (await fileBytes(refused)) !== null) throw error
      throw frozenRowsLost(error)
    }
  }
}

/** @param open batches of it that were planned, and are not settled */
export async function deliverDataset(
  delivery: Delivery,
  dataset: Pick<FrozenRows, 'number' | 'rows' | 'windowRows' | 'plannedTo'>,
  open: readonly RecordPart[],
  renderWindow: RenderWindow,
): Promise<void> {
  const windows = windowsToSend(dataset, open)
  const render = (from: number): Promise<Window> => renderWindow(from, Math.min(from + dataset.windowRows, dataset.rows))
  // The next window is rendered while this one is sent.
  let coming: Promise<Window> | null = null
  try {
    for (const [index, from] of windows.entries()) {
      const window = await (coming ?? render(from))
      const next = windows[index + 1]
      coming = next === undefined ? null : render(next)
      coming?.catch(() => undefined)
      try {
        const inside = open.filter((part) => part.from >= from && part.from < window.to)
        await sendWindow(delivery, dataset, window, Math.max(from, dataset.plannedTo), inside)
      } finally {
        await window.close()
      }
    }
  } finally {
    await coming?.then(
      (window) => window.close(),
      () => undefined,
    )
  }
}

/** The first rows of the windows in which something is left, in order. Batches never reach over the end of a window. */
export function windowsToSend(
  { rows, windowRows, plannedTo }: Pick<FrozenRows, 'rows' | 'windowRows' | 'plannedTo'>,
  open: readonly { readonly from: number }[],
): readonly number[] {
  const first = (row: number): number => Math.floor(row / windowRows) * windowRows
  const begun = new Set(open.map(({ from }) => first(from)))
  for (let from = first(plannedTo); from < rows; from += windowRows) begun.add(from)
  return [...begun].toSorted((a, b) => a - b)
}

async function sendWindow(
  delivery: Delivery,
  dataset: Pick<FrozenRows, 'number'>,
  window: Window,
  plannedTo: number,
  open: readonly RecordPart[],
): Promise<void> {
  const { work, pace } = delivery
  const { deps, lease, limits } = work
  const batches = window.cut(plannedTo, limits)
  let left: readonly RecordPart[] = open
  let isPlanned = plannedTo >= window.to
  const more = async (): Promise<readonly RecordPart[]> => {
    if (left.length > 0) {
      const first = left
      left = []
      return first
    }
    if (isPlanned) return []
    const parts: RecordPart[] = []
    while (parts.length < planAtOnce && !isPlanned) {
      const batch = batches.next()
      if (batch.done) isPlanned = true
      else parts.push(newRecordPart(dataset.number, batch.value))
    }
    const last = isPlanned ? window.to : (parts.at(-1)?.to ?? window.to)
    await lease.write({ kind: 'parts', dataset: dataset.number, plannedTo: last, parts: parts.map((part) => storedPart(part, null)) })
    deps.reached('parts_planned')
    return parts
  }
  await sendAll(
    { ...deps, longWaitMs: deps.timings.longWaitMs, pace, signal: lease.signal },
    { most: attemptsAtOnce(limits), more, attempt: (part, turn) => attempt(delivery, window, part, turn) },
  )
}
