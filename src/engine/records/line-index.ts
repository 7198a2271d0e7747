/** Where the lines of a file begin, so that any of them can be read without those before it. */
import { open } from 'node:fs/promises'

const chunkBytes = 1_048_576
const lineFeed = 10
const offsetBytes = Float64Array.BYTES_PER_ELEMENT

/**
 * Line i of the file takes the bytes from `offsets[i]` to below `offsets[i + 1] - 1`, its line feed left out; the last offset is where a
 * next line would begin. A last line without a line feed counts as one with it. Eight bytes a line; offsets are exact up to 2^53.
 *
 * @param signal ends the reading with its reason
 */
export async function indexLines(path: string, signal?: AbortSignal): Promise<Float64Array> {
  await using file = await open(path, 'r')
  const chunk = Buffer.allocUnsafe(chunkBytes)
  let offsets = new Float64Array(1_024)
  let count = 1
  let position = 0
  const add = (offset: number): void => {
    if (count === offsets.length) offsets = resized(offsets, count * 2)
    offsets[count] = offset
    count += 1
  }
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, position)
    if (bytesRead === 0) break
    const read = chunk.subarray(0, bytesRead)
    for (let at = read.indexOf(lineFeed); at >= 0; at = read.indexOf(lineFeed, at + 1)) add(position + at + 1)
    position += bytesRead
  }
  if (position > (offsets[count - 1] ?? 0)) add(position + 1)
  return resized(offsets, count)
}

function resized(offsets: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  return new Float64Array(offsets.buffer.transfer(length * offsetBytes))
}
