/** Objects of configuration as the API shows them: names beside ids for references, and of secrets only that they are set. */
import { z } from 'zod'
import {
  delivery,
  destinationLimits,
  exportTables,
  mapping,
  onUnknown,
  parameterDeclarations,
  parameterValue,
  priority,
  retryPolicy,
} from '../contract/objects.ts'
import type { ExportContent, ObjectKind, QueryContent } from '../contract/objects.ts'
import type { ObjectView } from '../objects/service.ts'
import { apiSchemas, databaseSettings, destinationSettings, objectReference, objectUser, templateSettings } from './api-schemas.ts'

const head = {
  id: z.string(),
  name: z.string(),
  description: z.string(),
  version: z.number().int(),
  managedBy: z.string().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  usedBy: z.array(objectUser),
}

const secretState = z.object({ set: z.literal(true), last4: z.string(), reference: z.string().nullable(), updatedAt: z.iso.datetime() })
const queryContent = { database: objectReference, sql: z.string(), parameters: parameterDeclarations }
const exportContent = { database: objectReference, tables: exportTables }
const status = z.enum(['draft', 'active'])

/**
 * The answer of each kind. The content of a query or export is the active one, or the draft where there has never been an active one;
 * `draft` is an unpublished change beside the active one.
 */
export const answerSchemas = {
  database: z.object({ ...head, type: z.string(), credential: objectReference.nullable(), settings: databaseSettings }),
  credential: z.object({ ...head, type: z.string(), secrets: z.record(z.string(), secretState) }),
  query: z.object({
    ...head,
    folder: z.string(),
    labels: z.array(z.string()),
    status,
    ...queryContent,
    draft: z.object(queryContent).nullable(),
  }),
  export: z.object({ ...head, status, ...exportContent, draft: z.object(exportContent).nullable() }),
  destination: z.object({
    ...head,
    type: z.string(),
    credential: objectReference.nullable(),
    settings: destinationSettings,
    limits: destinationLimits,
    onUnknown,
  }),
  template: z.object({ ...head, type: z.string(), settings: templateSettings, mapping: mapping.nullable() }),
  orchestration: z.object({
    ...head,
    query: objectReference.nullable(),
    export: objectReference.nullable(),
    parameters: z.record(z.string(), parameterValue),
    destination: objectReference,
    template: objectReference.nullable(),
    settings: z.record(z.string(), z.unknown()),
    enabled: z.boolean(),
    delivery,
    retry: retryPolicy,
    priority,
    workflow: z.object({ mode: z.string() }),
  }),
} as const satisfies Record<ObjectKind, z.ZodObject>

answerSchemas.database.register(apiSchemas, { id: 'Database' })
answerSchemas.credential.register(apiSchemas, { id: 'Credential' })
answerSchemas.query.register(apiSchemas, { id: 'Query' })
answerSchemas.export.register(apiSchemas, { id: 'DatabaseExport' })
answerSchemas.destination.register(apiSchemas, { id: 'Destination' })
answerSchemas.template.register(apiSchemas, { id: 'DataTemplate' })
answerSchemas.orchestration.register(apiSchemas, { id: 'Orchestration' })

export type ObjectAnswers = { readonly [K in ObjectKind]: z.output<(typeof answerSchemas)[K]> }

/** The answer for an object, by kind. */
export const toAnswer: { readonly [K in ObjectKind]: (view: ObjectView<K>) => ObjectAnswers[K] } = {
  database: (view) => ({
    ...headOf(view),
    type: view.spec.type,
    credential: optionalReference(view, view.spec.credential),
    settings: view.spec.settings,
  }),
  credential: (view) => ({ ...headOf(view), type: view.spec.type, secrets: secretsOf(view) }),
  query: (view) => {
    const { folder, labels, active, draft } = view.spec
    const answer = (content: QueryContent) => ({
      database: referenceOf(view, content.database),
      sql: content.sql,
      parameters: content.parameters,
    })
    return { ...headOf(view), folder, labels, ...published(view, active, draft, answer) }
  },
  export: (view) => {
    const { active, draft } = view.spec
    const answer = (content: ExportContent) => ({ database: referenceOf(view, content.database), tables: content.tables })
    return { ...headOf(view), ...published(view, active, draft, answer) }
  },
  destination: (view) => ({
    ...headOf(view),
    type: view.spec.type,
    credential: optionalReference(view, view.spec.credential),
    settings: view.spec.settings,
    limits: view.spec.limits,
    onUnknown: view.spec.onUnknown,
  }),
  template: (view) => ({ ...headOf(view), type: view.spec.type, settings: view.spec.settings, mapping: view.spec.mapping }),
  orchestration: (view) => {
    const { object, parameters, destination, template, settings, enabled, workflow } = view.spec
    const link = referenceOf(view, object.id)
    return {
      ...headOf(view),
      query: object.kind === 'query' ? link : null,
      export: object.kind === 'export' ? link : null,
      parameters,
      destination: referenceOf(view, destination),
      template: optionalReference(view, template),
      settings,
      enabled,
      delivery: view.spec.delivery,
      retry: view.spec.retry,
      priority: view.spec.priority,
      workflow,
    }
  },
}

function headOf(view: ObjectView) {
  const { id, name, version, managedBy } = view
  return {
    id,
    name,
    description: view.spec.description,
    version,
    managedBy,
    createdAt: view.createdAt.toISOString(),
    updatedAt: view.updatedAt.toISOString(),
    usedBy: [...view.usedBy],
  }
}

function published<C, A>(view: ObjectView, active: C | null, draft: C | null, answer: (content: C) => A) {
  const content = active ?? draft
  if (content === null) throw new Error(`${view.id} has neither active content nor a draft`)
  return {
    ...answer(content),
    status: active === null ? ('draft' as const) : ('active' as const),
    draft: active === null || draft === null ? null : answer(draft),
  }
}

function referenceOf(view: ObjectView, id: string): { id: string; name: string } {
  const link = view.links.find((each) => each.id === id)
  if (!link) throw new Error(`${view.id} names ${id} and has no link to it`)
  return { id, name: link.name }
}

function optionalReference(view: ObjectView, id: string | null): { id: string; name: string } | null {
  return id === null ? null : referenceOf(view, id)
}

function secretsOf(view: ObjectView) {
  const fields = Object.entries(view.secrets ?? {})
  return Object.fromEntries(
    fields.map(([field, { last4, reference, updatedAt }]) => [
      field,
      { set: true as const, last4, reference, updatedAt: updatedAt.toISOString() },
    ]),
  )
}
