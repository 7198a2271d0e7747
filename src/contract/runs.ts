/** Runs as people and programs see them (delivery.md, States and Counts). */
import { z } from 'zod'

export const runStates = [
  'queued',
  'running',
  'retry_wait',
  'held',
  'needs_review',
  'blocked',
  'cancelling',
  'succeeded',
  'succeeded_with_rejects',
  'failed',
  'cancelled',
  'skipped',
] as const
export type RunState = (typeof runStates)[number]

export const finalStates = ['succeeded', 'succeeded_with_rejects', 'failed', 'cancelled', 'skipped'] as const satisfies readonly RunState[]

/** True where a run will never change again. */
export function isFinal(state: RunState): boolean {
  return (finalStates as readonly RunState[]).includes(state)
}

export const runPhases = ['extracting', 'comparing', 'delivering', 'publishing'] as const
export type RunPhase = (typeof runPhases)[number]

export const partStates = ['pending', 'sending', 'staged', 'sent', 'failed', 'unknown', 'split'] as const
export type PartState = (typeof partStates)[number]

/** Row counts travel as numbers: they count rows, and 2^53 rows are out of reach. */
const rows = z.number().int().nonnegative()

/** queried = delivered + rejected + skipped + unknown + pending, once extraction has ended. */
export const runCounts = z.object({
  queried: rows.nullable(),
  delivered: rows,
  rejected: rows,
  skipped: rows,
  unknown: rows,
  pending: rows,
  possibleDuplicate: rows,
  added: rows.nullable(),
  changed: rows.nullable(),
  removed: rows.nullable(),
  unchanged: rows.nullable(),
})
export type RunCounts = z.infer<typeof runCounts>

/** Rows that were refused, by reason. */
export const rejectReason = z.object({ code: z.string(), column: z.string().nullable(), rows })
export type RejectReason = z.infer<typeof rejectReason>

const time = z.iso.datetime().nullable()

export const runDocument = z.object({
  id: z.string(),
  orchestration: z.string(),
  state: z.enum(runStates),
  phase: z.enum(runPhases).nullable(),
  trigger: z.string(),
  retryOf: z.string().nullable(),
  scheduledAt: time,
  requestedAt: z.iso.datetime(),
  startedAt: time,
  endedAt: time,
  counts: runCounts,
  datasets: z.array(z.object({ name: z.string(), counts: runCounts, rejects: z.array(rejectReason) })),
  files: z.array(z.object({ dataset: z.string(), name: z.string(), rows, bytes: rows, sha256: z.string() })),
  /** Warnings that belong to the run and do not fail it. */
  warnings: z.array(z.string()),
  reason: z.string().nullable(),
  error: z.record(z.string(), z.unknown()).nullable(),
})
export type RunDocument = z.infer<typeof runDocument>

/** Sent at least every second while a run works. `rows` are those that the database engine has read so far; exact counts follow. */
export const runProgress = z.object({
  phase: z.enum(runPhases),
  dataset: z.string(),
  rows,
  bytes: rows,
  percent: z.number().min(0).max(100).nullable(),
})
export type RunProgress = z.infer<typeof runProgress>

/** A part as people see it: a file, or a batch of rows. */
export const partView = z.object({
  id: z.string(),
  dataset: z.string(),
  state: z.enum(partStates),
  /** The file's name; null for a batch. */
  name: z.string().nullable(),
  /** Ordinals of a batch's rows: from the first to before the last; null for a file. */
  from: rows.nullable(),
  to: rows.nullable(),
  rows: rows.nullable(),
  delivered: rows,
  rejected: rows,
  attempts: rows,
  possibleDuplicate: z.boolean(),
  /** Why it failed or is unknown. */
  reason: z.string().nullable(),
})
export type PartView = z.infer<typeof partView>

/** A rejected row as people see it: why it was refused, what it held, and what was asked and answered where it was sent. */
export const rejectedRow = z.object({
  /** Its ordinal in the dataset, from 0. */
  row: rows,
  /** The JSON array of the key's values; null where there is no key. */
  key: z.string().nullable(),
  code: z.string(),
  column: z.string().nullable(),
  reason: z.string(),
  /** Null, as are attempt and time, for a row that was refused before anything was sent. */
  part: z.string().nullable(),
  attempt: rows.nullable(),
  at: z.string().nullable(),
  /** The JSON object as it was, or would have been, sent. */
  values: z.string(),
  request: z.string().nullable(),
  answer: z.string().nullable(),
})
export type RejectedRow = z.infer<typeof rejectedRow>
