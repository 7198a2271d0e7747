import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * So little that the disk is never idle: measured for 10 million rows of CSV on 2 cores, 32 MB came to 0.97 of a bare COPY + fsync, 128 MB to 0.89,
 * no sync before the last one to 0.88 (medians of 5 to 8 interleaved runs; 8 MB costs as much as it brings).
 */
const syncEveryBytes = 32 * 1024 * 1024
const shortestWaitMs = 2
const longestWaitMs = 40

export interface FollowOptions {
  /** Settles when the writer is done; a rejection ends the following with it. */
  readonly written: Promise<unknown>
  readonly blockBytes: number
  /** Called with each block in order; the block is the callee's. Without it blocks are hashed only, in one reused buffer. */
  readonly onBlock?: (block: Uint8Array) => Promise<void>
  /** Whether to bring the bytes to the disk as they come, so that the final fsync has little left to do. */
  readonly sync: boolean
  readonly onBytes: (bytes: number) => void
  readonly signal: AbortSignal
}

/**
 * Reads a file while another process still writes it at the end, until the writer is done; gives its size and SHA-256 (hex).
 * That the writer only ever appends was checked for DuckDB's COPY (dataplane measurements; a test repeats it per format).
 * Hashing the growing tail costs half of what reading the finished file back would.
 */
export async function followFile(path: string, options: FollowOptions): Promise<{ bytes: number; sha256: string }> {
  const { written, blockBytes, onBlock, signal } = options
  let writer: 'working' | 'done' | { failed: unknown } = 'working'
  written.then(
    () => (writer = 'done'),
    (failed: unknown) => (writer = { failed }),
  )
  const hash = createHash('sha256')
  const file = await open(path, 'r+')
  const syncing = options.sync ? backgroundSync(file) : null
  try {
    const shared = Buffer.allocUnsafe(blockBytes)
    let position = 0
    let wait = shortestWaitMs
    for (;;) {
      signal.throwIfAborted()
      // Asked before the read: bytes that came between the read and the question are found by the next round.
      const before = writer as 'working' | 'done' | { failed: unknown }
      if (typeof before === 'object') throw before.failed
      const buffer = onBlock ? Buffer.allocUnsafe(blockBytes) : shared
      const { bytesRead } = await file.read(buffer, 0, blockBytes, position)
      if (bytesRead === 0) {
        if (before === 'done') break
        await sleep(wait, undefined, { signal })
        wait = Math.min(wait * 2, longestWaitMs)
        continue
      }
      wait = shortestWaitMs
      const block = buffer.subarray(0, bytesRead)
      hash.update(block)
      position += bytesRead
      options.onBytes(position)
      syncing?.advance(position)
      await onBlock?.(block)
    }
    await syncing?.settle()
    return { bytes: position, sha256: hash.digest('hex') }
  } finally {
    await syncing?.settle().catch(() => undefined)
    await file.close()
  }
}

/** fdatasync, one at a time, beside the reading: a disk that is slower than the writer is asked less often. */
function backgroundSync(file: FileHandle): { advance(position: number): void; settle(): Promise<void> } {
  let syncedTo = 0
  let running: Promise<void> = Promise.resolve()
  let busy = false
  let failure: unknown
  return {
    advance(position) {
      if (busy || position - syncedTo < syncEveryBytes) return
      busy = true
      syncedTo = position
      running = file
        .datasync()
        .catch((error: unknown) => {
          failure = error
        })
        .finally(() => {
          busy = false
        })
    },
    async settle() {
      await running
      if (failure !== undefined) throw failure
    },
  }
}
