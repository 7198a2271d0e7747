/** Both kinds of lock, across processes: the kernel's and the pid file. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from '../../../test/helpers/eventually.ts'
import type { KernelLock } from './held-lock.ts'
import { takeKernelLock } from './kernel-lock.ts'
import { takePidFile } from './pid-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'segue-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)
const holders = {
  kernel: `import { takeKernelLock } from ${module('kernel-lock.ts')}; const lock = await takeKernelLock(process.argv[1], process.platform)`,
  pidFile: `import { takePidFile } from ${module('pid-file.ts')}; const lock = takePidFile(process.argv[1])`,
}

/** Another process that wants the lock, says whether it has it, and keeps it until it is killed. */
async function rival(kind: keyof typeof holders, path: string) {
  const program = `${holders[kind]}; console.log(lock ? 'held' : 'taken'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), once(child, 'exit')])
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { said: String(said).trim(), kill }
}

async function release(lock: KernelLock | null): Promise<void> {
  expect(lock).not.toBe(null)
  lock?.release()
  await lock?.lost
}

const hasProgram = spawnSync(process.platform === 'darwin' ? 'lockf' : 'flock', ['--version']).error === undefined

describe.skipIf(!hasProgram)('the kernel lock (flock of util-linux, or lockf)', () => {
  test('has one holder, and is free when that is killed', async () => {
    const path = join(folder, 'lock')
    const other = await rival('kernel', path)
    expect(other.said).toBe('held')
    expect(await takeKernelLock(path, process.platform)).toBe(null)
    await other.kill()
    let lock = null
    await eventually(async () => (lock = await takeKernelLock(path, process.platform)) !== null)
    await release(lock)
  })

  test('is free after its release', async () => {
    const path = join(folder, 'lock')
    await release(await takeKernelLock(path, process.platform))
    await release(await takeKernelLock(path, process.platform))
  })
})

describe('the pid file', () => {
  test('has one holder, and is taken over when that was killed', async () => {
    const path = join(folder, 'lock.pid')
    const other = await rival('pidFile', path)
    expect(other.said).toBe('held')
    expect(takePidFile(path)).toBe(null)
    await other.kill()
    const lock = takePidFile(path)
    expect(lock).not.toBe(null)
    lock?.release()
    expect(readdirSync(folder)).toEqual([])
  })

  test('with a damaged content is taken over', () => {
    const path = join(folder, 'lock.pid')
    writeFileSync(path, 'no number')
    expect(takePidFile(path)).not.toBe(null)
  })

  test('of several starters on a stale file one gets it', async () => {
    const path = join(folder, 'lock.pid')
    const dead = await rival('pidFile', path)
    await dead.kill()
    const starters = await Promise.all([1, 2, 3, 4].map(() => rival('pidFile', path)))
    expect(starters.filter(({ said }) => said === 'held')).toHaveLength(1)
    for (const starter of starters) await starter.kill()
  })

  test('is what a system without lock programs uses', async () => {
    const lock = await takeKernelLock(join(folder, 'lock'), 'sunos')
    expect(readdirSync(folder)).toEqual(['lock.pid'])
    lock?.release()
  })
})
