/**
 * The program that owns the embedded PostgreSQL of one data directory: `node supervisor.ts <dataDir>`, started detached by the first
 * command that needs the store. It ends, and PostgreSQL with it, when the last command has gone. PostgreSQL's end by itself is repaired.
 */
import { chmodSync, closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { toProblem } from '../../contract/errors.ts'
import { copyBinaries, findBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { takeKernelLock } from './kernel-lock.ts'
import type { EmbeddedPaths } from './paths.ts'
import { embeddedPaths } from './paths.ts'
import type { Reception } from './reception.ts'
import { alreadySupervised, openReception } from './reception.ts'
import { giveTo, serverUser } from './run-as.ts'
import type { RunningServer } from './server-process.ts'
import { startServer } from './server-process.ts'

/** How long PostgreSQL stays up for the next command, in milliseconds. */
const grace = 1000
const largestLog = 10 * 1024 * 1024

async function main(dataDir: string): Promise<number> {
  const paths = embeddedPaths(dataDir, process.platform, process.getuid?.() ?? -1)
  // Closed to others: whoever can open it could hold the lock.
  closeSync(openSync(paths.lock, 'a', 0o600))
  const lock = await takeKernelLock(paths.lock, process.platform)
  if (lock === null) return alreadySupervised
  const reception = await openReception(paths.supervisorSocket)
  const leave = Promise.race([lock.lost, terminated()])
  try {
    await supervise(paths, reception, leave)
    return 0
  } catch (error) {
    console.error(error)
    reception.announce({ problem: toProblem(error) })
    // Whoever started this program is on the way; the error is for them.
    await reception.visited(1000)
    return 1
  } finally {
    await reception.close()
    lock.release()
  }
}

/** Keeps PostgreSQL running until nobody is here or `leave` settles; then stops it. */
async function supervise(paths: EmbeddedPaths, reception: Reception, leave: Promise<void>): Promise<void> {
  const start = await prepare(paths)
  let server = await start()
  reception.announce({ ready: true })
  const done = Promise.race([leave, reception.deserted(grace)]).then(() => 'done' as const)
  for (;;) {
    const started = performance.now()
    if ((await Promise.race([done, server.ended])) === 'done') break
    console.error('PostgreSQL has ended; it is started again.')
    // One that ends at once again and again must not take the whole machine.
    if (performance.now() - started < 1000) await delay(1000)
    server = await start()
  }
  // Whoever comes now starts a supervisor of its own, which waits for our lock.
  await reception.close()
  await server.stop()
}

async function prepare(paths: EmbeddedPaths): Promise<() => Promise<RunningServer>> {
  if ((statSync(paths.log, { throwIfNoEntry: false })?.size ?? 0) > largestLog) renameSync(paths.log, `${paths.log}.1`)
  const user = serverUser(paths)
  mkdirSync(paths.serverSockets, { recursive: true, mode: 0o700 })
  chmodSync(paths.serverSockets, 0o700)
  giveTo(user, paths.serverSockets)
  const binaries = findBinaries(process.platform, process.arch)
  const bin = copyBinaries(binaries, paths.root)
  await ensureCluster(bin, binaries.version, paths, user)
  return () => startServer(bin, paths, user)
}

function terminated(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve())
  })
}

const [dataDir] = process.argv.slice(2)
if (import.meta.main && dataDir !== undefined) process.exit(await main(dataDir))
