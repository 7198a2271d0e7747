/** What every command is given, and how it is run: one place that connects, reports errors and cleans up. */
import type { Command } from 'commander'
import type { Readable, Writable } from 'node:stream'
import type { ApiClient } from '../api-client.ts'
import type { Output } from './output.ts'

/** The outside of a command, handed in by main.ts. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  /** Aborted at the first SIGINT or SIGTERM; its reason is an `Interrupted`. */
  readonly interrupt: AbortSignal
}

export interface Invocation {
  readonly world: World
  readonly output: Output
  /** `--data-dir`; undefined where it was not given. */
  readonly dataDir: string | undefined
  /** The API: of the server at SEGUE_URL, else of this process on its data directory. Opened once, closed after the command. */
  connect(): Promise<ApiClient>
}

/** A command's work; gives the exit code. */
export type Work = (invocation: Invocation) => Promise<number>

/** Runs a command's work and keeps its exit code; given to each `add...` function of commands/. */
export type Perform = (work: Work) => Promise<void>

/** Adds one command to the program. */
export type AddCommand = (program: Command, perform: Perform) => void
