/** Runs PostgreSQL as a child of the supervisor, in such a way that it ends when the supervisor does. */
import type { ChildProcessByStdio } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { SegueError } from '../../contract/errors.ts'
import { clearLeftovers, readPostmasterFile } from './leftovers.ts'
import type { EmbeddedPaths } from './paths.ts'
import { socketPort } from './paths.ts'
import { runAs } from './run-as.ts'
import type { ServerUser } from './server-user.ts'

export interface RunningServer {
  /** Settles when it has ended, wanted or not. */
  readonly ended: Promise<void>
  /** Fast shutdown: sessions are ended, everything is written. Settles when it has ended. */
  stop(): Promise<void>
}

/**
 * The wrapper's input is a pipe from the supervisor. When that closes, because of `stop` or because the supervisor was killed, PostgreSQL
 * gets SIGINT (fast shutdown); when PostgreSQL ends by itself, so does the wrapper. First it prints PostgreSQL's process id.
 */
const wrapper = `
"$@" </dev/null >&2 & server=$!
echo $server
exec 3<&0 >&2
(cat <&3 >/dev/null; kill -INT $server) & watcher=$!
wait $server; status=$?
kill $watcher 2>/dev/null
exit $status`

/** Node's types know the streams only where none of them is a file. */
type Wrapper = ChildProcessByStdio<Writable, Readable, null>

const serverOptions = (paths: EmbeddedPaths): string[] =>
  Object.entries({
    listen_addresses: '',
    port: socketPort,
    unix_socket_directories: paths.serverSockets,
    unix_socket_permissions: '0700',
    shared_buffers: '64MB',
    max_connections: 100,
    timezone: 'UTC',
    log_timezone: 'UTC',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])

/**
 * Starts PostgreSQL and waits until it takes connections. Up to 20 s it tries again while an earlier server is still ending.
 * Throws STORE_UNAVAILABLE with what PostgreSQL logged last.
 */
export async function startServer(bin: string, paths: EmbeddedPaths, user: ServerUser): Promise<RunningServer> {
  const start = performance.now()
  for (;;) {
    await clearLeftovers(paths, process.platform)
    const result = await tryStart(bin, paths, user)
    if ('stop' in result) return result
    // Either an earlier server is still ending, or somebody killed this one.
    const mayPass = /lock file .* already exists/.test(result.words) || result.status > 128
    if (!mayPass || performance.now() - start > 20_000) {
      throw new SegueError('STORE_UNAVAILABLE', `The embedded PostgreSQL does not start: ${result.words} Its log is ${paths.log}.`)
    }
    await delay(100)
  }
}

/** How a server ended before it was ready: its exit status as a shell gives it (above 128: by a signal), and what it said last. */
interface FailedStart {
  readonly status: number
  readonly words: string
}

async function tryStart(bin: string, paths: EmbeddedPaths, user: ServerUser): Promise<RunningServer | FailedStart> {
  const log = openSync(paths.log, 'a+', 0o600)
  try {
    const logStart = fstatSync(log).size
    const postgres = [join(bin, 'bin', 'postgres'), '-D', paths.cluster, ...serverOptions(paths)]
    const { program, args, options } = runAs(user, '/bin/sh', ['-c', wrapper, 'sh', ...postgres])
    const child = spawn(program, args, { ...options, stdio: ['pipe', 'pipe', log] }) as Wrapper
    child.stdin.on('error', () => {})
    let pid = 0
    child.stdout.setEncoding('utf8').on('data', (text: string) => (pid = Number(text)))
    const ended = new Promise<void>((resolve) => child.on('error', () => resolve()).on('exit', () => resolve()))
    void ended.then(() => child.stdin.destroy())
    while (!hasEnded(child)) {
      const file = readPostmasterFile(paths.cluster)
      if (file?.ready && file.pid === pid) return { ended, stop: () => stop(child, pid, ended) }
      await delay(10)
    }
    return { status: child.exitCode ?? 255, words: lastWords(log, logStart) }
  } finally {
    closeSync(log)
  }
}

const hasEnded = (child: Wrapper): boolean => child.pid === undefined || child.exitCode !== null || child.signalCode !== null

async function stop(child: Wrapper, pid: number, ended: Promise<void>): Promise<void> {
  child.stdin.end()
  const patience = new AbortController()
  const late = delay(20_000, undefined, { signal: patience.signal }).then(
    () => process.kill(pid, 'SIGQUIT'),
    () => {},
  )
  await Promise.race([ended, late])
  patience.abort()
  await ended
}

/** The last line of gravity that PostgreSQL logged since then; a sentence in any case. */
function lastWords(log: number, since: number): string {
  const buffer = Buffer.alloc(64 * 1024)
  const text = buffer.toString('utf8', 0, readSync(log, buffer, 0, buffer.length, since))
  const grave = [...text.matchAll(/(?:FATAL|PANIC|ERROR):\s+(.*)$/gm)].map((match) => match[1])
  const line = grave.at(-1) ?? text.trim().split('\n').at(-1)
  return line ? `${line}.`.replace(/\.\.$/, '.') : 'it ended without a word.'
}
