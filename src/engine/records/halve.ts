/** Rows that are sent as one request. */
export interface BatchRange {
  /** The first line of the frozen input, counted from 0. */
  readonly from: number
  /** The line behind the last. */
  readonly to: number
  /** The lines of the range that are rows of the batch, ascending; null where every line is. */
  readonly ordinals: readonly number[] | null
}

/**
 * The halves of a batch that was refused as a whole, to be sent instead of it; null where it is a single row, which is the one to reject.
 * The halves differ by at most one row, so that k bad rows among n are found with at most 2k * ceil(log2 n) + 1 requests, the first included.
 * A batch with gaps must name its rows, or empty lines would be counted as such.
 */
export function halve({ from, to, ordinals }: BatchRange): readonly [BatchRange, BatchRange] | null {
  const rows = ordinals?.length ?? to - from
  if (rows <= 1) return null
  const first = Math.ceil(rows / 2)
  const middle = ordinals?.[first] ?? from + first
  return [
    { from, to: middle, ordinals: ordinals && ordinals.slice(0, first) },
    { from: middle, to, ordinals: ordinals && ordinals.slice(first) },
  ]
}
