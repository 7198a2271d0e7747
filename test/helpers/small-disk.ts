/** A disk of 4 MB, for tests of full ones: a tmpfs, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk extends Disposable {
  readonly folder: string
}

/** Mounts the disk; unmounted and removed again when it is disposed of. */
export function mountSmallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'segue-small-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' })
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw error
  }
  chmodSync(folder, 0o777)
  return {
    folder,
    [Symbol.dispose]: () => {
      execFileSync('umount', ['--lazy', folder])
      rmSync(folder, { recursive: true })
    },
  }
}

/** False for users, and in containers, that may not mount; tests are skipped by name then. */
export const canMount: boolean = tryToMount()

function tryToMount(): boolean {
  try {
    using disk = mountSmallDisk()
    return disk.folder !== ''
  } catch {
    return false
  }
}
