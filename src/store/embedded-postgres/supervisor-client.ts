/** The client's side of the supervisor: finding it, starting it, waiting until it says that PostgreSQL is ready. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, lstatSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { createConnection } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { fromProblem, SegueError } from '../../contract/errors.ts'
import { dataDirError } from '../data-dir.ts'
import type { EmbeddedPaths } from './paths.ts'
import { alreadySupervised, announcement } from './reception.ts'

const supervisorProgram = fileURLToPath(new URL('supervisor.ts', import.meta.url))

/** In milliseconds. A start takes well under a second; the very first one, which makes the cluster, some seconds, on a slow disk many. */
const patience = { start: 30_000, firstStart: 120_000 }

/**
 * Connects to the supervisor, which it starts where none answers; the connection holds PostgreSQL up until it is closed.
 * null: `isClosed` turned true meanwhile. Throws the supervisor's problem, or STORE_UNAVAILABLE when the time is up.
 */
export async function joinSupervisor(paths: EmbeddedPaths, isClosed: () => boolean): Promise<Socket | null> {
  const limit = lstatSync(paths.cluster, { throwIfNoEntry: false }) ? patience.start : patience.firstStart
  const end = performance.now() + limit
  let started: ChildProcess | null = null
  while (!isClosed() && performance.now() < end) {
    const connection = await connect(paths.supervisorSocket)
    if (connection && (await isReady(connection, end - performance.now()))) return connection
    connection?.destroy()
    const code = started?.exitCode ?? null
    if (code !== null && code !== 0 && code !== alreadySupervised) {
      throw new SegueError(
        'STORE_UNAVAILABLE',
        `The supervisor of the embedded PostgreSQL ended with exit code ${code}. Its log is ${paths.log}.`,
      )
    }
    // One that found another at work is tried again: that other may be on its way out.
    if (started === null || code !== null || started.signalCode !== null) started = startSupervisor(paths)
    await delay(15)
  }
  if (isClosed()) return null
  throw new SegueError('STORE_UNAVAILABLE', `The embedded PostgreSQL was not ready after ${limit / 1000} s. Its log is ${paths.log}.`)
}

/** Detached, so that Ctrl-C at this command does not reach it; with an environment of its own, so that it holds none of our secrets. */
function startSupervisor(paths: EmbeddedPaths): ChildProcess {
  const log = openLog(paths.log)
  const child = spawn(process.execPath, [supervisorProgram, paths.dataDir], {
    detached: true,
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    stdio: ['ignore', 'ignore', log],
  })
  closeSync(log)
  child.on('error', () => {})
  child.unref()
  return child
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch (error) {
    throw dataDirError(path, error)
  }
}

/** null: nobody listens there. */
function connect(path: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path)
    socket.once('connect', () => resolve(socket))
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EACCES' ? reject(dataDirError(path, error)) : resolve(null)))
  })
}

/** Waits for the supervisor's first line; false where it ends without one, or does not speak in time. Throws the problem that it tells. */
async function isReady(connection: Socket, milliseconds: number): Promise<boolean> {
  const line = await firstLine(connection, milliseconds)
  if (line === null) return false
  const news = announcement.parse(JSON.parse(line))
  if ('problem' in news) throw fromProblem(news.problem)
  return true
}

function firstLine(connection: Socket, milliseconds: number): Promise<string | null> {
  return new Promise((resolve) => {
    let heard = ''
    const done = (line: string | null): void => {
      clearTimeout(timer)
      resolve(line)
    }
    const timer = setTimeout(done, milliseconds, null)
    // It goes on listening: only a connection that is read notices its end.
    connection.setEncoding('utf8').on('data', (text: string) => {
      heard += text
      const end = heard.indexOf('\n')
      if (end >= 0) done(heard.slice(0, end))
    })
    connection.once('close', () => done(null))
  })
}
