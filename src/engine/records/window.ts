/** A stretch of the rows of a dataset, rendered into a file of lines from which batches are read. */
import { open, rm } from 'node:fs/promises'
import type { RecordLimits } from '../../contract/destination.ts'
import type { SpoolSession } from '../../contract/reader.ts'
import type { BufferPool, Lent } from '../../contract/buffer-pool.ts'
import { cutBatches, rowOrdinals } from './cut-batches.ts'
import type { BatchRange } from './halve.ts'
import { indexLines } from './line-index.ts'
import { pickLines, withoutGaps } from './slice-lines.ts'

/** What a request holds: the lines, and which rows they are. */
export interface BatchLines {
  readonly lines: Uint8Array
  /** `ordinals` is set wherever not all rows of the range are sent. */
  readonly sent: BatchRange
  /** The lines are not looked at any more. */
  giveBack(): void
}

export interface Window {
  readonly to: number
  /** Batches from a row on, up to the end of the window; stretches without a row to send are left out. */
  cut(from: number, limits: RecordLimits): Generator<BatchRange & { readonly rows: number }, void, undefined>
  read(batch: BatchRange & { readonly rows: number }): Promise<BatchLines>
  /** Removes the file. */
  close(): Promise<void>
}

export interface WindowRequest {
  readonly frozen: string
  readonly refused: string
  /** The first row. */
  readonly from: number
  /** The row behind the last. */
  readonly to: number
  /** Where the lines are kept meanwhile. */
  readonly path: string
}

export async function openWindow(session: SpoolSession, request: WindowRequest, buffers: BufferPool, signal: AbortSignal): Promise<Window> {
  const { from: first, to: end, path } = request
  await session.lines({ frozen: request.frozen, refused: request.refused, from: first, to: end, output: path })
  const offsets = await indexLines(path, signal)
  if (offsets.length - 1 !== end - first) throw new Error(`rows ${first} to ${end} were rendered as ${offsets.length - 1} lines`)
  const file = await open(path, 'r')

  const slice = async (from: number, to: number): Promise<Lent> => {
    const start = offsets[from - first] ?? 0
    const lent = buffers.take(Math.max(0, (offsets[to - first] ?? 0) - 1 - start))
    const { bytes } = lent
    for (let read = 0; read < bytes.length;) {
      const { bytesRead } = await file.read(bytes, read, bytes.length - read, start + read)
      if (bytesRead === 0) throw new Error(`${path} is shorter than it was`)
      read += bytesRead
    }
    return lent
  }
  return {
    to: end,
    *cut(from, limits) {
      for (const batch of cutBatches(offsets, from - first, limits)) {
        if (batch.rows > 0) yield { from: first + batch.from, to: first + batch.to, ordinals: null, rows: batch.rows }
      }
    },
    async read({ from, to, ordinals, rows }) {
      const { bytes, giveBack } = await slice(from, to)
      if (ordinals !== null) {
        const indexes = ordinals.map((ordinal) => ordinal - from)
        return { lines: pickLines(bytes, indexes), sent: { from, to, ordinals }, giveBack }
      }
      if (rows === to - from) return { lines: bytes, sent: { from, to, ordinals }, giveBack }
      const named = rowOrdinals(offsets, { from: from - first, to: to - first }).map((line) => first + line)
      return { lines: withoutGaps(bytes), sent: { from, to, ordinals: named }, giveBack }
    },
    async close() {
      await file.close()
      await rm(path, { force: true })
    },
  }
}
