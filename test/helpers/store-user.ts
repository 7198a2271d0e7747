/** Other processes on a data directory, and what belongs to its embedded PostgreSQL. Needs /proc to find the processes. */
import type { ChildProcessByStdio } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Interface } from 'node:readline'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface StoreUser {
  /** What it said first: `ready`, or code and detail of its error. */
  readonly greeting: Promise<string>
  /** The instance's id, read by a query. */
  ask(): Promise<string>
  /** Lets it close the store and end. */
  end(): Promise<void>
  /** kill -9. */
  kill(): Promise<void>
}

const program = fileURLToPath(new URL('../programs/store-user.ts', import.meta.url))

export function startStoreUser(dataDir: string): StoreUser {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(process.execPath, [program, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const greeting = nextLine(lines)
  return {
    greeting,
    ask: () => {
      child.stdin.write('ask\n')
      return nextLine(lines)
    },
    end: async () => {
      child.stdin.end()
      await exited
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

const nextLine = (lines: Interface): Promise<string> =>
  new Promise((resolve) => {
    lines.once('line', resolve)
    lines.once('close', () => resolve('(ended)'))
  })

/** PostgreSQL's first process; null while there is none. */
export function postmasterOf(dataDir: string): number | null {
  const file = join(dataDir, 'postgres', 'data', 'postmaster.pid')
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0
  return pid > 0 ? pid : null
}

/** Ids of all processes that name the data directory in their command line, but its users. */
export function processesOf(dataDir: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: commandOf(name) }))
    .filter(({ command }) => command.includes(dataDir) && !command.includes('store-user.ts'))
}

/** kill -9, the youngest first: the end of a parent lets its children do their last work. One may have ended meanwhile. */
export function killAll(processes: readonly { readonly pid: number }[]): void {
  for (const { pid } of processes.toSorted((a, b) => b.pid - a.pid)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}

export function supervisorOf(dataDir: string): number {
  const found = processesOf(dataDir).find(({ command }) => command.includes('supervisor.ts'))
  if (!found) throw new Error('no supervisor runs')
  return found.pid
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
