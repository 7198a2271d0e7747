/**
 * The fallback lock: a file with our process id, made exclusively. It outlives a killed holder, so the next one looks whether that still
 * runs. Weaker than the kernel's: an id may have been given to another process, and of several that find a stale file at the very same
 * moment two could win; PostgreSQL's own postmaster.pid stands behind it.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { KernelLock } from './held-lock.ts'

/** Takes the lock, or says null where a living process has it. */
export function takePidFile(path: string): KernelLock | null {
  const ours = `${path}.${process.pid}.new`
  writeFileSync(ours, String(process.pid), { mode: 0o600 })
  try {
    for (;;) {
      // A link appears with its content, or not at all.
      if (link(ours, path)) return { lost: new Promise(() => {}), release: () => rmSync(path, { force: true }) }
      const holder = read(path)
      if (holder !== null && isAlive(Number(holder))) return null
      if (holder !== null) removeStale(path, holder)
    }
  } finally {
    rmSync(ours, { force: true })
  }
}

/** Moves the file away before it is removed: where another starter was faster, what we moved is its new file, and it goes back. */
function removeStale(path: string, holder: string): void {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  // Where a third one has taken it meanwhile the link fails, and the next round meets that one.
  if (read(aside) !== holder) link(aside, path)
  rmSync(aside, { force: true })
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
