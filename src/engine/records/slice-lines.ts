/** What is sent of a slice of lines that was read from a frozen input: lines parted by one line feed, with none behind the last. */
const lineFeed = 10
const gap = Buffer.from('\n\n')

/** The slice without its empty lines. Copies once, in stretches between gaps; nothing where there are none. */
export function withoutGaps(slice: Uint8Array): Uint8Array {
  const bytes = asBuffer(slice)
  const kept: Buffer[] = []
  for (let start = skipLineFeeds(bytes, 0); start < bytes.length;) {
    const end = bytes.indexOf(gap, start)
    if (end < 0) {
      const last = bytes.at(-1) === lineFeed ? bytes.length - 1 : bytes.length
      kept.push(bytes.subarray(start, last))
      break
    }
    kept.push(bytes.subarray(start, end))
    start = skipLineFeeds(bytes, end)
  }
  return joinLines(kept, bytes)
}

/**
 * The named lines of the slice, counted from 0 in the slice as it is given, gaps included.
 *
 * @param indexes ascending
 * @throws RangeError where the slice has no such line or the indexes do not ascend
 */
export function pickLines(slice: Uint8Array, indexes: readonly number[]): Uint8Array {
  const bytes = asBuffer(slice)
  const picked: Buffer[] = []
  let line = 0
  let start = 0
  for (const index of indexes) {
    if (index < line) throw new RangeError(`line ${index} is asked for behind line ${line - 1}`)
    for (; line < index; line += 1) start = endOfLine(bytes, start) + 1
    if (start > bytes.length) throw new RangeError(`the slice has no line ${index}`)
    const end = endOfLine(bytes, start)
    picked.push(bytes.subarray(start, end))
    start = end + 1
    line += 1
  }
  return joinLines(picked, bytes)
}

function endOfLine(bytes: Buffer, start: number): number {
  const end = start > bytes.length ? -1 : bytes.indexOf(lineFeed, start)
  return end < 0 ? Math.max(bytes.length, start) : end
}

function skipLineFeeds(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at] === lineFeed) at += 1
  return at
}

function joinLines(lines: readonly Buffer[], whole: Buffer): Uint8Array {
  const [only] = lines
  if (lines.length === 1 && only?.length === whole.length) return whole
  const joined = Buffer.allocUnsafe(lines.reduce((sum, line) => sum + line.length + 1, 0))
  let at = 0
  for (const line of lines) {
    at += line.copy(joined, at)
    joined[at] = lineFeed
    at += 1
  }
  return joined.subarray(0, Math.max(0, at - 1))
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
