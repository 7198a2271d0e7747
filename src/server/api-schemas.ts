/** Schemas that several routes share. Registered here with an id, a schema becomes a named component of the OpenAPI document. */
import { z } from 'zod'
import { configurationChange } from '../contract/documents.ts'
import { doctorReport } from '../contract/doctor.ts'
import { objectKinds } from '../contract/objects.ts'
import type { PreviewResult } from '../contract/reader.ts'
import { partView, rejectedRow, runCounts, runDocument, runProgress, runStates } from '../contract/runs.ts'

interface Documentation {
  id?: string
  description?: string
  [key: string]: unknown
}

/** Names and descriptions for the OpenAPI document. */
export const apiSchemas = z.registry<Documentation>()

runCounts.register(apiSchemas, { id: 'RunCounts' })
runDocument.register(apiSchemas, { id: 'Run' })
runProgress.register(apiSchemas, { id: 'RunProgress' })
partView.register(apiSchemas, { id: 'Part', description: 'A file, or a batch of rows `from` to before `to`.' })
rejectedRow.register(apiSchemas, {
  id: 'RejectedRow',
  description: '`key` and `values` are JSON as text, so that no number in them is rounded.',
})
configurationChange.register(apiSchemas, { id: 'ConfigurationChange' })
doctorReport.register(apiSchemas, { id: 'DoctorReport' })

/** Settings of a connector; the OpenAPI document shows those of each type in their place (openapi.ts). */
export const databaseSettings = z.record(z.string(), z.unknown()).register(apiSchemas, { id: 'DatabaseSettings' })
export const destinationSettings = z.record(z.string(), z.unknown()).register(apiSchemas, { id: 'DestinationSettings' })
export const templateSettings = z.record(z.string(), z.unknown()).register(apiSchemas, { id: 'TemplateSettings' })
export const credentialSecrets = z.record(z.string(), z.string())

export const problemSchema = z
  .object({
    type: z.string(),
    code: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    fix: z.string(),
    requestId: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string(),
          message: z.string(),
          code: z.string().optional(),
          line: z.number().optional(),
          column: z.number().optional(),
        }),
      )
      .optional(),
    line: z.number().optional(),
    column: z.number().optional(),
    users: z.array(z.string()).optional(),
  })
  .register(apiSchemas, { id: 'Problem', description: 'RFC 9457 problem document; docs/errors.md explains each code.' })

const problemContent = { content: { 'application/problem+json': { schema: problemSchema } } }

/** The answers that every route may give beside its own. */
export const problemAnswers = {
  '4xx': { description: 'Refused: what is wrong and what to do', ...problemContent },
  '5xx': { description: 'Failed', ...problemContent },
} as const

export const objectReference = z.object({ id: z.string(), name: z.string() }).register(apiSchemas, { id: 'Reference' })
export const objectUser = z.object({ kind: z.enum(objectKinds), id: z.string(), name: z.string() }).register(apiSchemas, { id: 'User' })

const column = z.object({ name: z.string(), type: z.string() }).register(apiSchemas, { id: 'Column' })
export const columns = z.array(column)

/** First rows; values as exact text. */
export const rowsPreview = z
  .object({ columns, rows: z.array(z.array(z.string().nullable())), tookMs: z.number() })
  .register(apiSchemas, { id: 'RowsPreview', description: 'First rows; values as exact text.' })

/** A preview as it is answered. */
export function rowsAnswer({ columns: named, rows, tookMs }: PreviewResult): z.output<typeof rowsPreview> {
  return { columns: [...named], rows: rows.map((row) => [...row]), tookMs }
}

export const checkResult = z
  .object({ summary: z.string(), facts: z.record(z.string(), z.string()) })
  .register(apiSchemas, { id: 'CheckResult' })

/** PostgreSQL has no text with a NUL in it. */
export const reference = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, 'must not hold a NUL character')
export const byReference = z.object({ id: reference.register(apiSchemas, { description: 'Id or name' }) })
export const byRunId = z.object({ id: reference })

/** How many rows a look at data returns. */
export const rowLimit = z.coerce.number().int().min(1).max(1000).default(100)

export const pageQuery = { limit: z.coerce.number().int().min(1).max(200).default(50), cursor: reference.max(1000).optional() }
export const objectQuery = z.strictObject({ ...pageQuery, search: z.string().max(200).optional() })
export const runQuery = z.strictObject({
  ...pageQuery,
  cursor: z
    .string()
    .regex(/^run_[0-9a-f]{32}$/, 'must be the nextCursor of the page before')
    .optional(),
  orchestration: reference.max(200).optional(),
  state: z.enum(runStates).optional(),
})

/** The schema of one page of a list. */
export function pageOf<T extends z.ZodType>(item: T, id: string) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable(), hasMore: z.boolean() }).register(apiSchemas, { id })
}

/** One page of a list as it is answered; null where it is the last one. */
export function pageAnswer<T>(data: readonly T[], next: string | null): { data: T[]; nextCursor: string | null; hasMore: boolean } {
  return { data: [...data], nextCursor: next, hasMore: next !== null }
}
