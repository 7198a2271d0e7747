/** What an earlier PostgreSQL of this cluster left: a server that nobody looks after, or a postmaster.pid that keeps the next one from starting. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedPaths } from './paths.ts'
import { socketPort } from './paths.ts'
import { clusterMayLive, processFacts } from './processes.ts'

/** The parts of postmaster.pid that matter here: its first line, and the eighth, which says what the server is doing. */
export interface PostmasterFile {
  readonly pid: number
  readonly ready: boolean
}

/** null: there is no postmaster.pid, or it is being written. */
export function readPostmasterFile(cluster: string): PostmasterFile | null {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : null
  } catch {
    return null
  }
}

export type Leftover = 'none' | 'server' | 'stale file'

/**
 * PostgreSQL itself clears a postmaster.pid whose process is gone. It refuses to start for ever where that id still answers: a zombie that
 * nobody reaps (node as the first process of a container), or a stranger with a recycled id. Those files are stale.
 */
export function judgeLeftover(cluster: string, platform: NodeJS.Platform): { readonly kind: Leftover; readonly pid: number } {
  const file = readPostmasterFile(cluster)
  const facts = file && processFacts(file.pid, platform)
  if (!file || !facts) return { kind: 'none', pid: 0 }
  const ours = !facts.zombie && facts.command.includes('postgres') && facts.command.includes(cluster)
  return { kind: ours ? 'server' : 'stale file', pid: file.pid }
}

/**
 * Stops a server that still runs, and removes a stale file once no process of the cluster is left. Only for the holder of the
 * supervisor's lock; gives up silently after `patience` milliseconds, and PostgreSQL then says what stands in its way.
 */
export async function clearLeftovers(paths: EmbeddedPaths, platform: NodeJS.Platform, patience = 20_000): Promise<void> {
  const start = performance.now()
  let stopped = 0
  while (performance.now() - start < patience) {
    const { kind, pid } = judgeLeftover(paths.cluster, platform)
    if (kind === 'none') return
    if (kind === 'stale file' && !clusterMayLive(paths.cluster, platform)) return removeStaleFiles(paths)
    // SIGINT is PostgreSQL's fast shutdown; the immediate one (SIGQUIT) follows where that takes too long.
    if (kind === 'server' && stopped !== pid) send(pid, 'SIGINT')
    if (kind === 'server' && performance.now() - start > patience / 2) send(pid, 'SIGQUIT')
    stopped = pid
    await delay(20)
  }
}

/** The socket's lock file holds the process id too: with only one of them removed the start still fails. */
function removeStaleFiles(paths: EmbeddedPaths): void {
  const socket = join(paths.serverSockets, `.s.PGSQL.${socketPort}`)
  for (const file of [join(paths.cluster, 'postmaster.pid'), `${socket}.lock`, socket]) rmSync(file, { force: true })
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended in the meantime.
  }
}
