/** Configuration as files: one document per object, names instead of ids (product.md, "API, CLI, files"). */
import { z } from 'zod'
import { deliveryModes } from './destination.ts'
import {
  availableModes,
  defaultDelivery,
  defaultRetry,
  delivery,
  destinationLimits,
  exportTables,
  mapping,
  objectKinds,
  objectName,
  onUnknown,
  parameterDeclarations,
  parameterValue,
  priority,
  retryPolicy,
} from './objects.ts'

const settings = z.record(z.string(), z.unknown())
const description = z.string().max(2000).optional()
const reference = z.string().min(1)
const sql = z.string().min(1).max(1_000_000)
const head = <K extends string>(kind: K) => ({ kind: z.literal(kind), name: objectName, previousName: objectName.optional(), description })

/**
 * A secret as the command that applies hands it over: its value with the text of the reference it came from, or a plain value.
 * `set` means: there is one, leave it alone.
 */
export const secretValue = z.union([z.string(), z.strictObject({ value: z.string(), reference: z.string() })])
export type SecretValue = z.infer<typeof secretValue>

const queryDraft = z.strictObject({ database: reference.optional(), sql: sql.optional(), parameters: parameterDeclarations.optional() })
const exportDraft = z.strictObject({ database: reference.optional(), tables: exportTables.optional() })
const lifecycle = z.enum(['draft', 'active']).default('draft')

export const documentSchemas = {
  database: z.strictObject({ ...head('database'), type: z.string(), credential: reference.optional(), settings: settings.default({}) }),
  credential: z.strictObject({ ...head('credential'), type: z.string(), secrets: z.record(z.string(), secretValue).default({}) }),
  query: z.strictObject({
    ...head('query'),
    database: reference,
    folder: z.string().max(500).optional(),
    labels: z.array(z.string().min(1).max(100)).optional(),
    status: lifecycle,
    parameters: parameterDeclarations.optional(),
    sql,
    draft: queryDraft.optional(),
  }),
  export: z.strictObject({
    ...head('export'),
    database: reference,
    status: lifecycle,
    tables: exportTables,
    draft: exportDraft.optional(),
  }),
  destination: z.strictObject({
    ...head('destination'),
    type: z.string(),
    credential: reference.optional(),
    settings: settings.default({}),
    limits: destinationLimits.default({}),
    onUnknown: onUnknown.default('resend'),
  }),
  template: z.strictObject({ ...head('template'), type: z.string(), settings: settings.default({}), mapping: mapping.optional() }),
  orchestration: z.strictObject({
    ...head('orchestration'),
    query: reference.optional(),
    export: reference.optional(),
    parameters: z.record(z.string(), parameterValue).optional(),
    destination: reference,
    template: reference.optional(),
    settings: settings.default({}),
    enabled: z.boolean().default(true),
    delivery: delivery.default(defaultDelivery),
    retry: retryPolicy.default(defaultRetry),
    priority: priority.default(0),
    workflow: z.strictObject({ mode: z.string() }).default({ mode: 'manual' }),
  }),
} as const satisfies Record<(typeof objectKinds)[number], z.ZodType>

export const configurationDocument = z.discriminatedUnion('kind', [
  documentSchemas.database,
  documentSchemas.credential,
  documentSchemas.query,
  documentSchemas.export,
  documentSchemas.destination,
  documentSchemas.template,
  documentSchemas.orchestration,
])
export type ConfigurationDocument = z.infer<typeof configurationDocument>
/** A document as people write it and as `export` prints it: defaults may be left out. */
export type ConfigurationInput = z.input<typeof configurationDocument>

/** Kinds, fields (dotted where they stand inside one), modes and types of product.md that this version refuses by name (NOT_AVAILABLE) rather than ignore. */
export const laterKinds: readonly string[] = ['group', 'alert', 'instance']
export const laterFields: Readonly<Record<string, readonly string[]>> = {
  database: ['placement'],
  destination: ['placement'],
  orchestration: [
    'guardrails',
    'timeLimit',
    'alerts',
    'workflow.schedule',
    'workflow.timezone',
    'workflow.misfire',
    'workflow.overlap',
    'workflow.after',
    'workflow.group',
  ],
}
export const laterModes: readonly string[] = deliveryModes.filter((mode) => !availableModes.some((available) => available === mode))
export const laterTypes: Readonly<Record<string, readonly string[]>> = {
  database: ['postgres', 'mysql', 'trino'],
  destination: ['s3', 'azure-blob', 'gcs', 'postgres', 'mysql', 'hubspot', 'klaviyo'],
}

/** One object that a plan would create, update or delete; fields by dotted path. Secrets show as `[secret]`. */
export const configurationChange = z.object({
  action: z.enum(['create', 'update', 'delete']),
  kind: z.enum(objectKinds),
  name: z.string(),
  fields: z.array(z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })),
})
export type ConfigurationChange = z.infer<typeof configurationChange>
