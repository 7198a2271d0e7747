/** What the reader and its child say to each other, checked on both sides. */
import { z } from 'zod'
import type { ColumnInfo, OpenContext, TableInfo } from '../contract/database.ts'
import { errorTable } from '../contract/errors.ts'
import type { ErrorCode } from '../contract/errors.ts'
import type { FileSettings } from '../contract/files.ts'
import { mappingEntry, parameterDeclarations, parameterValue } from '../contract/objects.ts'
import type {
  FreezeRequest,
  FreezeResult,
  LedgerRequest,
  PreviewRequest,
  PreviewResult,
  RefuseRequest,
  RenderProgress,
  RenderRequest,
  RenderResult,
  Source,
} from '../contract/reader.ts'
import { rejectedRow, rejectReason } from '../contract/runs.ts'
import type { RejectedRow, RejectReason } from '../contract/runs.ts'
import type { LinesRequest } from './spool/lines.ts'
import type { SpoolContext } from './spool/open-spool.ts'
import type { RejectedRequest } from './spool/rejected.ts'

/** The calls that a child answers. */
export interface Calls {
  open: { request: OpenContext & { readonly type: string }; result: null }
  tables: { request: null; result: readonly TableInfo[] }
  count: { request: { readonly table: string }; result: number }
  describe: { request: Pick<PreviewRequest, 'source' | 'mapping'>; result: readonly ColumnInfo[] }
  preview: { request: PreviewRequest; result: PreviewResult }
  render: { request: RenderRequest; result: RenderResult }
  freeze: { request: FreezeRequest; result: FreezeResult }
  openSpool: { request: SpoolContext; result: null }
  refuse: { request: RefuseRequest; result: readonly RejectReason[] }
  lines: { request: LinesRequest; result: null }
  ledger: { request: LedgerRequest; result: { readonly rows: number } }
  rejected: { request: RejectedRequest; result: { readonly rows: number; readonly reasons: readonly RejectReason[] } }
  readRejected: {
    request: { readonly rejected: string; readonly after: number | null; readonly code: string | null; readonly limit: number }
    result: readonly RejectedRow[]
  }
  exportRejected: {
    request: { readonly rejected: string; readonly format: 'ndjson' | 'csv'; readonly output: string }
    result: { readonly rows: number }
  }
  freezeRejected: { request: { readonly rejected: string; readonly output: string }; result: { readonly rows: number } }
}
export type CallName = keyof Calls

const count = z.number().int().nonnegative()
const columns = z.array(z.object({ name: z.string(), type: z.string() }))
const mapping = z.array(mappingEntry).nullable()

const source: z.ZodType<Source> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('query'),
    sql: z.string(),
    declarations: parameterDeclarations,
    parameters: z.record(z.string(), parameterValue),
  }),
  z.object({ kind: z.literal('table'), table: z.string(), columns: z.array(z.string()).nullable() }),
])

const file: z.ZodType<FileSettings> = z.object({
  format: z.enum(['csv', 'tsv', 'psv', 'ndjson', 'parquet']),
  delimiter: z.string(),
  header: z.boolean(),
  headerQuote: z.enum(['all', 'needed', 'none']),
  quote: z.enum(['all', 'non_null', 'needed', 'non_numeric', 'none']),
  escape: z.string(),
  nullText: z.string(),
  lineEnding: z.enum(['lf', 'crlf']),
  fileName: z.string(),
  existing: z.enum(['fail', 'replace', 'number']),
  emptyResult: z.enum(['send', 'skip', 'fail']),
})

const path = z.string()
const written = z.object({ rows: count })
const limits = z.object({ memoryBytes: count, threads: count, spillBytes: count })

/** One schema for the arguments and one for the result of each call. */
export const callSchemas: {
  readonly [N in CallName]: { readonly request: z.ZodType<Calls[N]['request']>; readonly result: z.ZodType<Calls[N]['result']> }
} = {
  open: {
    request: z.object({
      type: z.string(),
      settings: z.record(z.string(), z.unknown()),
      secrets: z.record(z.string(), z.string()),
      limits,
      scratch: z.string(),
      outputs: z.array(z.string()),
    }),
    result: z.null(),
  },
  tables: { request: z.null(), result: z.array(z.object({ name: z.string(), columns, rows: count.nullable() })) },
  count: { request: z.object({ table: z.string() }), result: count },
  describe: { request: z.object({ source, mapping }), result: columns },
  preview: {
    request: z.object({ source, mapping, limit: count }),
    result: z.object({ columns, rows: z.array(z.array(z.string().nullable())), tookMs: count }),
  },
  render: {
    request: z.object({ source, mapping, file, output: z.string(), limit: count.nullable() }),
    result: z.object({ rows: count, rejects: z.array(rejectReason), columns }),
  },
  freeze: {
    request: z.object({ source, mapping, key: z.array(z.string()).nullable(), output: path, limit: count.nullable() }),
    result: z.object({ rows: count, columns }),
  },
  openSpool: { request: z.object({ limits, scratch: path, folders: z.array(path) }), result: z.null() },
  refuse: {
    request: z.object({ frozen: path, hasKey: z.boolean(), rowBytes: count, output: path }),
    result: z.array(rejectReason),
  },
  lines: { request: z.object({ frozen: path, refused: path, from: count, to: count, output: path }), result: z.null() },
  ledger: {
    request: z.object({
      frozen: path,
      refused: path,
      withRefused: z.boolean(),
      ranges: path,
      rows: path,
      verdicts: z.array(path),
      otherwise: z.string(),
      hasKey: z.boolean(),
      skippedFrom: count,
      output: path,
    }),
    result: written,
  },
  rejected: {
    request: z.object({ ledger: path, frozen: path, refused: path, verdicts: z.array(path), output: path }),
    result: z.object({ rows: count, reasons: z.array(rejectReason) }),
  },
  readRejected: {
    request: z.object({ rejected: path, after: count.nullable(), code: z.string().nullable(), limit: count }),
    result: z.array(rejectedRow),
  },
  exportRejected: { request: z.object({ rejected: path, format: z.enum(['ndjson', 'csv']), output: path }), result: written },
  freezeRejected: { request: z.object({ rejected: path, output: path }), result: written },
}

const callNames = [
  'open',
  'tables',
  'count',
  'describe',
  'preview',
  'render',
  'freeze',
  'openSpool',
  'refuse',
  'lines',
  'ledger',
  'rejected',
  'readRejected',
  'exportRejected',
  'freezeRejected',
] as const satisfies readonly CallName[]

/** From the reader: a call, numbered. Its arguments are checked by the call's own schema. */
export const callMessage = z.strictObject({ id: count, call: z.enum(callNames), request: z.unknown() })
export type CallMessage = z.infer<typeof callMessage>

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code)
const problem = z.object({
  code: z.string().refine(isCode),
  detail: z.string(),
  line: count.exactOptional(),
  column: count.exactOptional(),
})
const progress: z.ZodType<RenderProgress> = z.object({ rows: count, percent: z.number().min(0).max(100).nullable() })

/** From the child: an answer to a call, how far it is, or why it ends itself. */
export const childMessage = z.union([
  z.strictObject({ id: count, result: z.unknown() }),
  z.object({ id: count, problem }),
  z.object({ id: count, progress }),
  z.object({ fatal: problem }),
])
export type ChildMessage = z.infer<typeof childMessage>
