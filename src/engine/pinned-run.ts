/** The configuration that a run keeps: what it was started with, whatever is changed meanwhile. Secrets are not in it. */
import { z } from 'zod'
import { durationMs } from '../contract/duration.ts'
import { SegueError } from '../contract/errors.ts'
import {
  availableModes,
  defaultDelivery,
  defaultRetry,
  destinationLimits,
  exportTables,
  mapping,
  onUnknown,
  parameterDeclarations,
  parameterValue,
  priority,
  type Delivery,
  type RetryPolicy,
  type StoredObject,
} from '../contract/objects.ts'
import type { Configuration } from './configuration.ts'

const revision = z.object({ id: z.string(), name: z.string(), version: z.number().int() })
const connection = revision.extend({ type: z.string(), credential: z.string().nullable(), settings: z.record(z.string(), z.unknown()) })

const pinnedDelivery = z.object({ mode: z.enum(availableModes), key: z.array(z.string()).nullable() })
const pinnedRetry = z.object({ attempts: z.number().int(), withinMs: z.number() })

function pinDelivery({ mode, key }: Delivery): z.infer<typeof pinnedDelivery> {
  return { mode, key: key ?? null }
}

function pinRetry({ attempts, within }: RetryPolicy): z.infer<typeof pinnedRetry> {
  const withinMs = durationMs(within)
  if (withinMs === null) throw new SegueError('INTERNAL', `The retry time "${within}" was stored, and cannot be read.`)
  return { attempts, withinMs }
}

/** Fields that an older version did not write get the defaults of the configuration. */
export const pinnedRun = z.object({
  orchestration: revision,
  object: z.discriminatedUnion('kind', [
    revision.extend({ kind: z.literal('query'), sql: z.string(), declarations: parameterDeclarations }),
    revision.extend({ kind: z.literal('export'), tables: exportTables }),
  ]),
  database: connection,
  destination: connection.extend({ limits: destinationLimits.default({}), onUnknown: onUnknown.default('resend') }),
  template: revision.nullable(),
  /** Every setting after layering, the destination's and those of the files. */
  settings: z.record(z.string(), z.unknown()),
  mapping: mapping.nullable(),
  /** How rows are delivered, and the columns that identify a row at the destination; null where none are named. */
  delivery: pinnedDelivery.default(pinDelivery(defaultDelivery)),
  /** How often a part is tried within the run, and for how many milliseconds. */
  retry: pinnedRetry.default(pinRetry(defaultRetry)),
  priority: priority.default(0),
  /** Values that the orchestration gives to the query's parameters. */
  parameters: z.record(z.string(), parameterValue),
  /** The run's time, in file names and as $run_started_at; ISO 8601 in UTC. */
  now: z.iso.datetime(),
  lastSuccessAt: z.iso.datetime().nullable(),
})
export type PinnedRun = z.infer<typeof pinnedRun>

function revisionOf({ id, name, version }: StoredObject): z.infer<typeof revision> {
  return { id, name, version }
}

async function pinObject(
  configuration: Configuration,
  { kind, id }: StoredObject<'orchestration'>['spec']['object'],
): Promise<{ object: PinnedRun['object']; database: string }> {
  if (kind === 'query') {
    const query = await configuration.get('query', id)
    const { active } = query.spec
    if (!active) throw new SegueError('QUERY_NOT_ACTIVE', `Query "${query.name}" is a draft; a run needs an active one.`)
    return { object: { ...revisionOf(query), kind, sql: active.sql, declarations: active.parameters }, database: active.database }
  }
  const dataExport = await configuration.get('export', id)
  const { active } = dataExport.spec
  if (!active) throw new SegueError('EXPORT_NOT_ACTIVE', `Database export "${dataExport.name}" is a draft; a run needs an active one.`)
  return { object: { ...revisionOf(dataExport), kind, tables: active.tables }, database: active.database }
}

/** Reads everything that a run of the orchestration needs, as it is now. Throws QUERY_NOT_ACTIVE and EXPORT_NOT_ACTIVE. */
export async function pinConfiguration(
  configuration: Configuration,
  orchestration: StoredObject<'orchestration'>,
  times: { readonly now: Date; readonly lastSuccessAt: Date | null },
): Promise<PinnedRun> {
  const { spec } = orchestration
  const [{ object, database: databaseId }, destination, template, resolved] = await Promise.all([
    pinObject(configuration, spec.object),
    configuration.get('destination', spec.destination),
    spec.template === null ? null : configuration.get('template', spec.template),
    configuration.resolvedSettings(orchestration),
  ])
  const database = await configuration.get('database', databaseId)
  return {
    orchestration: revisionOf(orchestration),
    object,
    database: { ...revisionOf(database), type: database.spec.type, credential: database.spec.credential, settings: database.spec.settings },
    destination: {
      ...revisionOf(destination),
      type: destination.spec.type,
      credential: destination.spec.credential,
      settings: destination.spec.settings,
      limits: destination.spec.limits,
      onUnknown: destination.spec.onUnknown,
    },
    template: template && revisionOf(template),
    settings: Object.fromEntries([...resolved].map(([name, { value }]) => [name, value])),
    mapping: template?.spec.mapping ?? null,
    delivery: pinDelivery(spec.delivery),
    retry: pinRetry(spec.retry),
    priority: spec.priority,
    parameters: spec.parameters,
    now: times.now.toISOString(),
    lastSuccessAt: times.lastSuccessAt?.toISOString() ?? null,
  }
}
