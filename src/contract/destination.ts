/** The connector contract: what a destination type declares, and what the engine asks of it. */
import type { z } from 'zod'
import type { DoctorCheck } from './doctor.ts'
import type { Net } from './net.ts'
import type { SettingsShape } from './settings.ts'

/** Everything a connector may use of the world. */
export interface DestinationContext {
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly net: Net
  readonly clock: () => Date
  readonly signal: AbortSignal
  /** Facts that were learned at earlier connections of this destination, such as a host key pinned at first sight. */
  readonly remembered: Readonly<Record<string, string>>
  /** Keeps a fact for the next connection; a fact that is there already is not changed. */
  remember(fact: string, value: string): Promise<void>
}

export interface CheckResult {
  /** One line of what was seen, for people: "signed in as acme, /incoming can be written". */
  readonly summary: string
  /** Facts worth keeping, such as the host key that was met. */
  readonly facts: Readonly<Record<string, string>>
}

/** Where a file goes: the final name and the temporary one beside it, both relative to the destination's folder, with `/`. */
export interface FileTarget {
  readonly name: string
  readonly temporaryName: string
}

export interface FileFacts {
  readonly bytes: number
}

/**
 * One file on its way. Blocks are written in order; nothing of it is visible under the final name until it is published.
 * `write` resolves when there is room for more, not when the block has arrived: `stage` waits for that.
 */
export interface FileUpload {
  /** Set where the bytes may be rendered straight into the temporary file on this machine; then `write` is not called. */
  readonly localPath?: string
  write(block: Uint8Array): Promise<void>
  /** All bytes are there, durable, and of that size; throws SIZE_MISMATCH otherwise. */
  stage(expected: { readonly bytes: number }): Promise<void>
  /** Removes what was written. Never throws. */
  abort(): Promise<void>
}

/** What to do where a file of the final name is there already. */
export type ExistingFile = 'fail' | 'replace' | 'number'

/** A file destination, opened (connected, signed in). Names are relative to its folder. */
export interface FileDestination {
  begin(target: FileTarget): Promise<FileUpload>
  /**
   * Makes a staged file visible under its final name, atomically where the protocol can, and returns the name that it got
   * (another one with `number`: `report_1.csv`). Needs no upload handle, so that a later process can publish as well.
   * Throws FILE_EXISTS with `fail`.
   */
  publish(target: FileTarget, existing: ExistingFile): Promise<string>
  /** Facts of a file, or null where there is none. */
  stat(name: string): Promise<FileFacts | null>
  /** Removes a temporary file of ours; nothing happens where it is gone already. */
  discard(temporaryName: string): Promise<void>
  close(): Promise<void>
}

export interface FileCapabilities {
  readonly modes: readonly ['full', ...string[]]
  /** A file appears whole or not at all. */
  readonly commitsAtomically: boolean
  /** It is on this machine: files may be rendered in place, and a run must run there. */
  readonly onOneMachine: boolean
  /** The largest block that `write` should be given, in bytes. */
  readonly blockBytes: number
}

export interface FileDestinationDefinition {
  readonly kind: 'file'
  readonly type: string
  readonly title: string
  readonly summary: string
  /** Its own settings and those of files: every layerable setting is declared here (`settingMeta`). */
  readonly settings: SettingsShape
  /** Settings of the design that this version does not have yet: refused by name (NOT_AVAILABLE) rather than as unknown. */
  readonly laterSettings?: readonly string[]
  /** Fields of the credential, all of them secret; null where it needs none. */
  readonly credential: z.ZodObject | null
  readonly capabilities: FileCapabilities
  /** Test connection: signs in, and shows that the folder can be written, leaving nothing behind. */
  check(context: DestinationContext): Promise<CheckResult>
  open(context: DestinationContext): Promise<FileDestination>
  /** What `segue doctor` should tell of this machine, where the connector leans on something that may be missing. */
  readonly diagnose?: () => Omit<DoctorCheck, 'name'>
  readonly samples: { readonly settings: Readonly<Record<string, unknown>>; readonly secrets?: Readonly<Record<string, string>> }
}

/** Table and record destinations join this union with their issues. */
export type DestinationDefinition = FileDestinationDefinition

/** Declares a file destination; the identity function that checks the shape. */
export function defineFileDestination(definition: Omit<FileDestinationDefinition, 'kind'>): FileDestinationDefinition {
  return { ...definition, kind: 'file' }
}
