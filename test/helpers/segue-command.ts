/** Runs bin/segue as a person or a cron job does: a process of its own, on a data directory of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { eventually } from './eventually.ts'

export const segueProgram = fileURLToPath(new URL('../../bin/segue', import.meta.url))

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** stdout as its one JSON document; throws where it is anything else. */
  json(): unknown
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly stdin?: string
  /** A process group of its own, as a terminal makes: its Ctrl-C reaches every process of the command. */
  readonly group?: boolean
}

/** A command that goes on. */
export interface RunningCommand {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly result: Promise<CommandResult>
}

/** Starts a command. The environment is this Node on PATH and what is given: nothing of the caller's SEGUE_* reaches it. */
export function startSegue(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: tmpdir(), ...options.env }
  const child = spawn(segueProgram, args, {
    cwd: options.cwd ?? tmpdir(),
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.group ?? false,
  })
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const result = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => ({
    code,
    stdout,
    stderr,
    json: (): unknown => JSON.parse(stdout),
  }))
  return { child, result }
}

/** Runs a command to its end. */
export async function segue(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return startSegue(args, options).result
}

export interface Workplace {
  /** A new folder: the data directory is `data` in it, the rest is the test's. */
  readonly folder: string
  readonly dataDir: string
  /** Runs a command on the data directory, in the folder. */
  segue(args: readonly string[], options?: CommandOptions): Promise<CommandResult>
  start(args: readonly string[], options?: CommandOptions): RunningCommand
  /** Waits until the embedded PostgreSQL has stopped, and removes everything. */
  close(): Promise<void>
}

/** A folder with a data directory, for the commands of one test file. With `databaseUrl` the store is there, and commands start sooner. */
export async function workplace(databaseUrl?: string): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'segue-cli-'))
  // Run by root, the embedded PostgreSQL is another user, who has to pass.
  await chmod(folder, 0o711)
  const dataDir = join(folder, 'data')
  const env = { SEGUE_DATA_DIR: dataDir, ...(databaseUrl !== undefined && { SEGUE_DATABASE_URL: databaseUrl }) }
  const placed = (options: CommandOptions = {}): CommandOptions => ({ cwd: folder, ...options, env: { ...env, ...options.env } })
  return {
    folder,
    dataDir,
    segue: (args, options) => segue(args, placed(options)),
    start: (args, options) => startSegue(args, placed(options)),
    async close() {
      await eventually(() => !existsSync(join(dataDir, 'postgres', 'data', 'postmaster.pid')), 30_000)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
