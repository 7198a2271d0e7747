import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** A new empty folder for one session. Its name says which process of which machine removes it. */
export async function makeScratch(root: string): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 })
  return mkdtemp(join(root, `session-${process.pid}-${machine()}-`))
}

/** Removes what processes of this machine left behind that were killed; other machines may share the folder. */
export async function removeStaleScratch(root: string): Promise<void> {
  for (const name of await readdir(root).catch(() => [])) {
    const owner = /^session-(?<pid>\d+)-(?<machine>.+)-[^-]+$/.exec(name)?.groups
    if (owner && owner['machine'] === machine() && !isAlive(Number(owner['pid'])))
      await rm(join(root, name), { recursive: true, force: true })
  }
}

function machine(): string {
  return hostname().replaceAll(/[^a-zA-Z0-9.-]/g, '_')
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process cannot be signalled, and is there all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
