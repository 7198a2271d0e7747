/**
 * A lock that vanishes with its holder, however that ends. Node has no flock(2), so a child holds it: `flock` (util-linux) or `lockf`
 * (macOS) around a `cat` whose input is a pipe from us. When this process dies the pipe closes, `cat` ends, and the kernel frees the lock.
 */
import { spawn } from 'node:child_process'
import type { KernelLock } from './held-lock.ts'
import { takePidFile } from './pid-file.ts'

interface LockProgram {
  readonly name: string
  readonly options: readonly string[]
  /** Its exit code where another process has the lock. */
  readonly taken: number
}

const programs: Partial<Record<NodeJS.Platform, LockProgram>> = {
  linux: { name: 'flock', options: ['-n'], taken: 1 },
  darwin: { name: 'lockf', options: ['-k', '-s', '-t', '0'], taken: 75 },
}

/** Takes the lock on that file, or says null where another process has it. Falls back to a pid file where the system has neither program. */
export async function takeKernelLock(path: string, platform: NodeJS.Platform): Promise<KernelLock | null> {
  const program = programs[platform]
  const lock = program === undefined ? 'no such program' : await holdByChild(program, path)
  return lock === 'no such program' ? takePidFile(`${path}.pid`) : lock
}

function holdByChild({ name, options, taken }: LockProgram, path: string): Promise<KernelLock | null | 'no such program'> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, [...options, path, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/' })
    const lost = Promise.withResolvers<void>()
    child.on('error', (error) => ('code' in error && error.code === 'ENOENT' ? resolve('no such program') : reject(error)))
    child.on('close', (code) => {
      if (code === taken) resolve(null)
      else reject(new Error(`${name} could not lock ${path}: exit code ${code}`))
      lost.resolve()
    })
    // `cat` runs only when the lock is held: its echo is the proof.
    child.stdout.once('data', () => resolve({ lost: lost.promise, release: () => child.stdin.end() }))
    child.stdin.on('error', () => {})
    child.stdin.write('held\n')
  })
}
