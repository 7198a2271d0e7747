/** The objects of configuration as they are stored: ids for references, every field present. */
import { z } from 'zod'
import type { DeliveryMode } from './destination.ts'
import { duration } from './duration.ts'

export const objectKinds = ['database', 'credential', 'query', 'export', 'destination', 'template', 'orchestration'] as const
export type ObjectKind = (typeof objectKinds)[number]

/** Any printable text up to 200 characters, without blanks at its ends. */
export const objectName = z
  .string()
  .min(1)
  .max(200)
  .refine((name) => name === name.trim() && !/\p{C}/u.test(name), 'must be printable text without blanks at its ends')

export const parameterTypes = ['text', 'integer', 'decimal', 'double', 'boolean', 'date', 'timestamp'] as const
export type ParameterType = (typeof parameterTypes)[number]

/** A parameter's value as text or JSON scalar; exact numbers are written as text. */
export const parameterValue = z.union([z.string(), z.number(), z.boolean(), z.null()])
export type ParameterValue = z.infer<typeof parameterValue>

export const parameterDeclaration = z.strictObject({ type: z.enum(parameterTypes), default: parameterValue.default(null) })
export const parameterDeclarations = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a plain name'), parameterDeclaration)
export type ParameterDeclarations = z.infer<typeof parameterDeclarations>

/** Parameters that every query may use without declaring them (product.md, Query). */
export const builtInParameters = { run_started_at: 'timestamp', last_success_at: 'timestamp' } as const satisfies Record<
  string,
  ParameterType
>

/** One output column: taken from a result column (renamed, cast, formatted), or a constant. */
export const mappingEntry = z.union([
  z.strictObject({
    from: z.string().min(1),
    to: z.string().min(1).optional(),
    cast: z.string().min(1).optional(),
    format: z.string().min(1).optional(),
  }),
  z.strictObject({ value: z.union([z.string(), z.number(), z.boolean(), z.null()]), to: z.string().min(1) }),
])
export type MappingEntry = z.infer<typeof mappingEntry>
/** One list for a query, one list per table for an export of several. */
export const mapping = z.union([z.array(mappingEntry).min(1), z.record(z.string(), z.array(mappingEntry).min(1))])

export const exportTables = z.union([
  z.literal('all'),
  z.array(z.strictObject({ name: z.string().min(1), columns: z.array(z.string().min(1)).min(1).optional() })).min(1),
])

/** What runs of one destination share; what is left out is as the destination's type has it. */
export const destinationLimits = z.strictObject({
  /** Runs at once. */
  runs: z.number().int().min(1).optional(),
  /** At least one in a thousand seconds: a timer can wait that long. */
  requestsPerSecond: z.number().min(0.001).optional(),
  /** Requests at once. */
  parallel: z.number().int().min(1).optional(),
})
export type DestinationLimits = z.infer<typeof destinationLimits>

/** What to do with a part whose outcome is unknown, where neither asking nor sending it again is safe (delivery.md, Unknown parts). */
export const onUnknown = z.enum(['resend', 'hold'])

/** The delivery modes of this version; which of them a destination has, its type says. */
export const availableModes = ['full', 'append'] as const satisfies readonly DeliveryMode[]

export const delivery = z.strictObject({
  mode: z.enum(availableModes, {
    error: ({ input }) =>
      input === undefined ? undefined : `there is no delivery mode ${JSON.stringify(input)}; this version has ${availableModes.join(', ')}`,
  }),
  /** The columns that identify a row at the destination. */
  key: z.array(z.string().min(1)).min(1).optional(),
})
export type Delivery = z.infer<typeof delivery>
export const defaultDelivery: Delivery = { mode: 'full' }

/** How often a part is tried within one run, and for how long. */
export const retryPolicy = z.strictObject({ attempts: z.number().int().min(1).max(100).default(5), within: duration.default('6h') })
export type RetryPolicy = z.infer<typeof retryPolicy>
export const defaultRetry: RetryPolicy = retryPolicy.parse({})

/** Runs of a higher one are started first. */
export const priority = z.number().int().min(-100).max(100)

const settings = z.record(z.string(), z.unknown())
const description = z.string().max(2000).default('')

const queryContent = z.strictObject({
  database: z.string(),
  sql: z.string().min(1).max(1_000_000),
  parameters: parameterDeclarations.default({}),
})
export type QueryContent = z.infer<typeof queryContent>
const exportContent = z.strictObject({ database: z.string(), tables: exportTables })
export type ExportContent = z.infer<typeof exportContent>

/** What each kind keeps in the store. `active` is what runs use; `draft` is what is being edited. */
export const specs = {
  database: z.strictObject({
    description,
    type: z.string(),
    credential: z.string().nullable().default(null),
    settings: settings.default({}),
  }),
  credential: z.strictObject({ description, type: z.string() }),
  query: z.strictObject({
    description,
    folder: z.string().max(500).default(''),
    labels: z.array(z.string().min(1).max(100)).default([]),
    active: queryContent.nullable().default(null),
    draft: queryContent.nullable().default(null),
  }),
  export: z.strictObject({ description, active: exportContent.nullable().default(null), draft: exportContent.nullable().default(null) }),
  destination: z.strictObject({
    description,
    type: z.string(),
    credential: z.string().nullable().default(null),
    settings: settings.default({}),
    limits: destinationLimits.default({}),
    onUnknown: onUnknown.default('resend'),
  }),
  template: z.strictObject({ description, type: z.string(), settings: settings.default({}), mapping: mapping.nullable().default(null) }),
  orchestration: z.strictObject({
    description,
    object: z.strictObject({ kind: z.enum(['query', 'export']), id: z.string() }),
    parameters: z.record(z.string(), parameterValue).default({}),
    destination: z.string(),
    template: z.string().nullable().default(null),
    settings: settings.default({}),
    enabled: z.boolean().default(true),
    delivery: delivery.default(defaultDelivery),
    retry: retryPolicy.default(defaultRetry),
    priority: priority.default(0),
    workflow: z.strictObject({ mode: z.literal('manual') }).default({ mode: 'manual' }),
  }),
} as const satisfies Record<ObjectKind, z.ZodType>

export type Specs = { readonly [K in ObjectKind]: z.infer<(typeof specs)[K]> }

/** An object as the rooms hand it to each other. */
export interface StoredObject<K extends ObjectKind = ObjectKind> {
  readonly id: string
  readonly kind: K
  readonly name: string
  /** Number of the newest revision; the ETag of the API. */
  readonly version: number
  readonly spec: Specs[K]
  /** `apply` where a file made it; such objects may be pruned. */
  readonly managedBy: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Who does something: people and keys come with sign-in; until then the owner of the data directory. */
export interface Actor {
  readonly id: string
  readonly name: string
}
