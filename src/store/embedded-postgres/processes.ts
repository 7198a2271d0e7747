/** What the system says about another process: enough to tell a living PostgreSQL from a zombie and from a stranger with a recycled id. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

export interface ProcessFacts {
  /** Ended, but its parent has not taken notice: it still answers to signals. */
  readonly zombie: boolean
  /** Its command line; empty for a zombie. */
  readonly command: string
}

/** null: there is no such process. */
export function processFacts(pid: number, platform: NodeJS.Platform): ProcessFacts | null {
  return platform === 'linux' ? factsFromProc(pid) : factsFromPs(pid)
}

function factsFromProc(pid: number): ProcessFacts | null {
  try {
    // "12 (name with any character) S ..."
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
    return { zombie: state === 'Z' || state === 'X', command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }
  } catch {
    return null
  }
}

function factsFromPs(pid: number): ProcessFacts | null {
  const asked = spawnSync('ps', ['-o', 'stat=,args=', '-p', String(pid)], { encoding: 'utf8' })
  const [, state, command] = /^\s*(\S+)\s*(.*)$/m.exec(asked.stdout ?? '') ?? []
  return state === undefined ? null : { zombie: state.startsWith('Z'), command: command ?? '' }
}

/**
 * True where a process of the cluster may be alive: one that works in its folder, or a PostgreSQL process of the same user of which
 * the system does not tell where it works. Where there is no /proc: false, since PostgreSQL's processes end with their postmaster.
 */
export function clusterMayLive(cluster: string, platform: NodeJS.Platform): boolean {
  if (platform !== 'linux') return false
  const owner = statSync(cluster).uid
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && mayBelong(Number(name), cluster, owner))
}

function mayBelong(pid: number, cluster: string, owner: number): boolean {
  const facts = factsFromProc(pid)
  if (facts === null || facts.zombie) return false
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === cluster
  } catch {
    return facts.command.startsWith('postgres') && statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === owner
  }
}
