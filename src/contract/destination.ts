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
   * Makes a staged file visible under its final name, atomically where the protocol can. Needs no upload handle, so that a later process can publish
   * as well. Throws FILE_EXISTS with `fail` where another file has the name; one that has it already, because an earlier try ended on its way, is done.
   */
  publish(target: FileTarget, existing: 'fail' | 'replace'): Promise<void>
  /** Facts of a file, or null where there is none. */
  stat(name: string): Promise<FileFacts | null>
  /** Removes a temporary file of ours. False where it was gone already: somebody removed it, or it was renamed in the last moment. */
  discard(temporaryName: string): Promise<boolean>
  close(): Promise<void>
}

export const deliveryModes = ['full', 'append', 'upsert', 'mirror', 'changes'] as const
export type DeliveryMode = (typeof deliveryModes)[number]

export interface FileCapabilities {
  readonly modes: readonly DeliveryMode[]
  /** A file appears whole or not at all. */
  readonly commitsAtomically: boolean
  /** It is on this machine: files may be rendered in place, and a run must run there. */
  readonly onOneMachine: boolean
  /** Runs at once, where the destination does not say. */
  readonly runs: number
  /** The longest that a commit (rename, complete) may take, in milliseconds: the lease is renewed to cover it. */
  readonly commitMs: number
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

/** A request and its answer as people see them: shortened, secrets masked. Kept with the rows that were rejected. */
export interface Exchange {
  readonly request: string
  readonly answer: string | null
}

/** A numbered batch of rows on its way. */
export interface RecordBatch {
  /** The stable id of the part: the idempotency key, the same on every attempt and in a retry run. */
  readonly id: string
  /** 1 for the first try. */
  readonly attempt: number
  readonly rows: number
  /**
   * One JSON object (RFC 8259, UTF-8) a row, without line breaks inside; rows are parted by one `\n`, and none ends the last. The bytes are the
   * engine's again, for other rows, when `send` has ended: what goes on to the network is to be a copy.
   */
  readonly lines: Uint8Array
  /** The run's time, ISO 8601 in UTC; the same in a retry run. */
  readonly now: string
  readonly run: string
  readonly dataset: string
}

/** A row that was not simply accepted. `row` counts from 0 within the batch. */
export interface RowVerdict {
  readonly row: number
  readonly verdict: 'rejected' | 'retry'
  readonly code: string
  readonly reason: string
}

/** What the destination said to a batch. A connection that failed is thrown instead, as a SegueError: its code tells whether anything can have arrived. */
export type BatchAnswer =
  /** One verdict per row: every row that `exceptions` does not name was accepted, by proof of the answer. `rows` is how many the answer accounts for. */
  | { readonly kind: 'verdicts'; readonly rows: number; readonly exceptions: readonly RowVerdict[]; readonly exchange: Exchange }
  /** Refused as a whole because of its content: nothing of it was taken. The engine halves it until the bad rows are alone. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string; readonly exchange: Exchange }
  /** Not taken for a reason that has nothing to do with the rows. */
  | {
      readonly kind: 'failed'
      readonly failure: 'config' | 'auth' | 'rate_limit' | 'transient'
      /** True where the destination may have taken some or all of it all the same. */
      readonly mayHaveArrived: boolean
      readonly code: string
      readonly reason: string
      /** What the destination asks for: not before so many milliseconds from now. */
      readonly retryAfterMs: number | null
      readonly exchange: Exchange
    }

/** A record destination, opened. The engine alone decides on further attempts: `send` makes one. */
export interface RecordDestination {
  /** Sends one batch, once; several may be on their way at the same time. Throws what the connection met, and the signal's reason when aborted. */
  send(batch: RecordBatch, signal: AbortSignal): Promise<BatchAnswer>
  close(): Promise<void>
}

/** How rows are cut into batches and sent, by the settings of a destination after layering. */
export interface RecordLimits {
  readonly batchRows: number
  /** Bytes of `lines`, at most. A row that is larger alone is rejected by name. */
  readonly batchBytes: number
  /** Requests at once. */
  readonly parallel: number
  /** null: as fast as it goes. */
  readonly requestsPerSecond: number | null
  /** The same batch sent again changes nothing: it is sent again whenever its outcome is unknown. */
  readonly idempotent: boolean
  /** The longest that one request may take, all included, in milliseconds. */
  readonly requestMs: number
}

export interface RecordCapabilities {
  readonly modes: readonly DeliveryMode[]
  readonly onOneMachine: boolean
  /** Runs at once, where the destination does not say. */
  readonly runs: number
}

export interface RecordDestinationDefinition extends Omit<FileDestinationDefinition, 'kind' | 'capabilities' | 'open'> {
  readonly kind: 'record'
  readonly capabilities: RecordCapabilities
  limits(settings: Readonly<Record<string, unknown>>): RecordLimits
  open(context: DestinationContext): Promise<RecordDestination>
}

/** Table destinations join this union with their issue. */
export type DestinationDefinition = FileDestinationDefinition | RecordDestinationDefinition

/** Declares a file destination; the identity function that checks the shape. */
export function defineFileDestination(definition: Omit<FileDestinationDefinition, 'kind'>): FileDestinationDefinition {
  return { ...definition, kind: 'file' }
}

/** Declares a record destination; the identity function that checks the shape. */
export function defineRecordDestination(definition: Omit<RecordDestinationDefinition, 'kind'>): RecordDestinationDefinition {
  return { ...definition, kind: 'record' }
}
