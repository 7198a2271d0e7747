import { rm } from 'node:fs/promises'
import type { ReaderLimits } from '../contract/database.ts'
import { SegueError } from '../contract/errors.ts'
import type { Reader, ReaderSession, SpoolSession } from '../contract/reader.ts'
import { startReaderProcess } from './child-process.ts'
import type { ReaderProcess } from './child-process.ts'
import { makeScratch, removeStaleScratch } from './scratch.ts'

export interface ReaderOptions {
  readonly limits: ReaderLimits
  /** A folder of ours for intermediate results; it is made when it is missing, and each session removes its own part of it. */
  readonly scratchRoot: string
  /** Keeps one child started and idle, so that the next session opens at once (some 50 MB). */
  readonly spare?: boolean
}

export interface ClosableReader extends Reader {
  /** Ends the spare child, if there is one. Sessions are ended by their own `close`. */
  close(): Promise<void>
}

/** The longest that a timer can wait. */
const longestMs = 2 ** 31 - 1

/**
 * Opens databases, each session in a process of its own that is thrown away afterwards: a query that crashes, hangs or eats memory
 * ends its child and nothing else.
 */
export function createReader({ limits, scratchRoot, spare = false }: ReaderOptions): ClosableReader {
  const start = (): ReaderProcess => startReaderProcess(limits, scratchRoot)
  let waiting: ReaderProcess | null = null
  const startSpare = (): ReaderProcess => {
    const idle = start()
    idle.keepsAlive(false)
    // One that died while it waited (out of memory, say) must not be handed out.
    void idle.exited.then(() => {
      if (waiting === idle) waiting = null
    })
    return idle
  }
  // Nothing waits for it but the first session, and what cannot be removed is left for another time.
  const cleaned = removeStaleScratch(scratchRoot).catch(() => undefined)
  let closed = false
  if (spare) waiting = startSpare()

  const take = (): ReaderProcess => {
    const taken = waiting ?? start()
    waiting = null
    taken.keepsAlive(true)
    return taken
  }
  /** A child with its first call made; `close` ends it. */
  const begin = async (
    { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
    first: (child: ReaderProcess, scratch: string) => Promise<unknown>,
  ): Promise<{ readonly child: ReaderProcess; readonly close: () => Promise<void> }> => {
    signal.throwIfAborted()
    await cleaned
    const scratch = await makeScratch(scratchRoot)
    const child = take()
    const release = endWhen(child, deadlineMs, signal)
    const close = async (): Promise<void> => {
      release()
      child.end(new SegueError('READER_DIED', 'The session is closed.'))
      await child.exited
      await rm(scratch, { recursive: true, force: true })
    }
    try {
      await first(child, scratch)
    } catch (error) {
      await close()
      throw error
    } finally {
      if (spare && !closed) waiting ??= startSpare()
    }
    return { child, close }
  }
  return {
    async open({ type, settings, secrets }, { outputs, deadlineMs, signal }) {
      const { child, close } = await begin({ deadlineMs, signal }, (started, scratch) =>
        started.call('open', { type, settings, secrets, limits, scratch, outputs }),
      )
      return session(child, close)
    },
    async openSpool({ folders, deadlineMs, signal }) {
      const { child, close } = await begin({ deadlineMs, signal }, (started, scratch) =>
        started.call('openSpool', { limits, scratch, folders }),
      )
      return spoolSession(child, close)
    },
    async close() {
      closed = true
      waiting?.keepsAlive(true)
      waiting?.end(new SegueError('READER_DIED', 'The reader is closed.'))
      await waiting?.exited
    },
  }
}

/** Ends the child at the deadline and when the signal is aborted. The function that it returns calls both off. */
function endWhen(child: ReaderProcess, deadlineMs: number, signal: AbortSignal): () => void {
  const timeout = new SegueError('QUERY_TIMEOUT', `The query took longer than ${deadlineMs / 1000} s.`)
  const timer = setTimeout(() => child.end(timeout), Math.min(deadlineMs, longestMs))
  const abort = (): void => child.end(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  const release = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
  void child.exited.then(release)
  return release
}

function session(child: ReaderProcess, close: () => Promise<void>): ReaderSession {
  return {
    tables: () => child.call('tables', null),
    count: (table) => child.call('count', { table }),
    describe: ({ source, mapping }) => child.call('describe', { source, mapping }),
    preview: ({ source, mapping, limit }) => child.call('preview', { source, mapping, limit }),
    render: ({ source, mapping, file, output, limit }, onProgress) =>
      child.call('render', { source, mapping, file, output, limit }, onProgress),
    freeze: ({ source, mapping, key, output, limit }, onProgress) =>
      child.call('freeze', { source, mapping, key, output, limit }, onProgress),
    close,
  }
}

function spoolSession(child: ReaderProcess, close: () => Promise<void>): SpoolSession {
  return {
    refuse: (request) => child.call('refuse', request),
    lines: (request) => child.call('lines', request),
    ledger: (request) => child.call('ledger', request),
    rejected: (request) => child.call('rejected', request),
    readRejected: (request) => child.call('readRejected', request),
    exportRejected: (request) => child.call('exportRejected', request),
    freezeRejected: (request) => child.call('freezeRejected', request),
    close,
  }
}
