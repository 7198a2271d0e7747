/** Processes of which an old postmaster.pid may hold the id. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { eventually } from './eventually.ts'

interface Owner {
  readonly uid: number
  readonly gid: number
}

/** A living process that has nothing to do with PostgreSQL. */
export async function makeStranger({ uid, gid }: Owner): Promise<{ pid: number; end: () => void }> {
  const child = spawn('/bin/sleep', ['600'], { stdio: 'ignore', uid, gid })
  await once(child, 'spawn')
  return { pid: child.pid ?? 0, end: () => child.kill('SIGKILL') }
}

/** A process that has ended and whose parent never asks for it: the shell that started it has become another program meanwhile. */
export async function makeZombie({ uid, gid }: Owner): Promise<{ pid: number; end: () => void }> {
  const script = 'exec 3<&0; cat <&3 >/dev/null & echo $!; exec sleep 600'
  const parent = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'], uid, gid })
  const [printed] = await once(parent.stdout.setEncoding('utf8'), 'data')
  const pid = Number(printed)
  await eventually(() => readFileSync(`/proc/${parent.pid}/cmdline`, 'utf8').startsWith('sleep'))
  parent.stdin.end()
  await eventually(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '))
  return { pid, end: () => parent.kill('SIGKILL') }
}
