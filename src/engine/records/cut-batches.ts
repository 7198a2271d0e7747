/** Cuts the lines of a frozen input into batches. An empty line is a gap: the place of a row that was rejected before. */
import { SegueError } from '../../contract/errors.ts'
import type { RecordLimits } from '../../contract/destination.ts'

export interface Batch {
  /** The first line, counted from 0. */
  readonly from: number
  /** The line behind the last. */
  readonly to: number
  /** Lines that are not empty. Nothing is to be sent where it is 0. */
  readonly rows: number
  /** Where the lines are in the file; the line feed of the last one is left out. */
  readonly startByte: number
  readonly endByte: number
  readonly hasGaps: boolean
}

/**
 * Batches as large as the limits let them be, each beginning where the one before ended, up to the last line. `batchBytes` counts gaps as well, so
 * that what is read for a batch is never more; a stretch of nothing but gaps that is longer is a batch of no rows.
 *
 * @param offsets of `indexLines`
 * @param from the first line
 * @throws ROW_TOO_LARGE where a line alone is larger than a batch may be
 */
export function* cutBatches(
  offsets: Float64Array,
  from: number,
  { batchRows, batchBytes }: Pick<RecordLimits, 'batchRows' | 'batchBytes'>,
): Generator<Batch, void, undefined> {
  const lines = offsets.length - 1
  for (let first = from; first < lines;) {
    const startByte = offsetAt(offsets, first)
    let to = first
    let rows = 0
    for (; to < lines; to += 1) {
      const isRow = bytesOf(offsets, to) > 0
      const fits = offsetAt(offsets, to + 1) - 1 - startByte <= batchBytes && (!isRow || rows < batchRows)
      if (!fits) break
      if (isRow) rows += 1
    }
    if (to === first) throw tooLarge(first, bytesOf(offsets, first), batchBytes)
    yield { from: first, to, rows, startByte, endByte: offsetAt(offsets, to) - 1, hasGaps: rows < to - first }
    first = to
  }
}

/** The lines of a batch that are rows, ascending: the n-th row of what is sent is the n-th of them. */
export function rowOrdinals(offsets: Float64Array, { from, to }: Pick<Batch, 'from' | 'to'>): number[] {
  const ordinals: number[] = []
  for (let line = from; line < to; line += 1) if (bytesOf(offsets, line) > 0) ordinals.push(line)
  return ordinals
}

function bytesOf(offsets: Float64Array, line: number): number {
  return offsetAt(offsets, line + 1) - 1 - offsetAt(offsets, line)
}

function offsetAt(offsets: Float64Array, line: number): number {
  const offset = offsets[line]
  if (offset === undefined) throw new RangeError(`line ${line} of ${offsets.length - 1}`)
  return offset
}

function tooLarge(line: number, bytes: number, batchBytes: number): SegueError {
  return new SegueError('ROW_TOO_LARGE', `Row ${line + 1} has ${bytes} bytes; a batch may have ${batchBytes}.`)
}
