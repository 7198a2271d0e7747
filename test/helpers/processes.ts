import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

/** Starts a program of test/programs/, and waits for the first thing that it says. */
export async function startProgram(name: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, '../programs', name), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`))),
  ])
  return child
}

/** True where the system can list processes at all; small containers cannot. */
export const canListProcesses = spawnSync('ps', ['-A', '-o', 'pid=']).status === 0

/** The processes that a process has started and that still run. */
export function childrenOf(parent: number): number[] {
  return processes().flatMap(({ pid, ppid }) => (ppid === parent ? [pid] : []))
}

export function isRunning(pid: number): boolean {
  return processes().some((one) => one.pid === pid)
}

/** All but the one that lists them, and those that have ended and that nobody has asked about (zombies). */
function processes(): { readonly pid: number; readonly ppid: number }[] {
  const list = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
  const lines = list.stdout
    .trim()
    .split('\n')
    .filter((line) => Number.parseInt(line, 10) !== list.pid)
  return lines.flatMap((line) => {
    const [pid, ppid, state = 'Z'] = line.trim().split(/\s+/)
    return state.startsWith('Z') ? [] : [{ pid: Number(pid), ppid: Number(ppid) }]
  })
}
