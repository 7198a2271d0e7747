import { z } from 'zod'
import { apiSchemas, problemAnswers } from '../api-schemas.ts'
import type { Api, RouteContext } from '../api.ts'
import { credentialSchema, settingsSchema } from '../setting-schemas.ts'

const jsonSchema = z.record(z.string(), z.unknown())
const described = { type: z.string(), title: z.string(), summary: z.string(), settings: jsonSchema }
const databaseDefinition = z
  .object({ ...described, credential: jsonSchema.nullable(), capabilities: z.record(z.string(), z.unknown()) })
  .register(apiSchemas, { id: 'DatabaseDefinition' })
const destinationDefinition = z
  .object({ ...described, kind: z.string(), credential: jsonSchema.nullable(), capabilities: z.record(z.string(), z.unknown()) })
  .register(apiSchemas, { id: 'DestinationDefinition' })
const templateServes = z.union([z.object({ kind: z.literal('file') }), z.object({ type: z.string() })]).register(apiSchemas, {
  id: 'TemplateServes',
  description: 'The destinations that a template is for: all of a kind, or those of one type.',
})
const templateDefinition = z.object({ ...described, serves: templateServes }).register(apiSchemas, { id: 'TemplateDefinition' })
const definitions = z
  .object({ databases: z.array(databaseDefinition), destinations: z.array(destinationDefinition), templates: z.array(templateDefinition) })
  .register(apiSchemas, {
    id: 'Definitions',
    description:
      'What can be configured. `settings` and `credential` are JSON Schemas; their properties carry title, help, layers, path and secret.',
  })

/** The types of databases, destinations and templates that this instance has: what forms are made of. */
export function definitionRoutes(api: Api, { registry }: RouteContext): void {
  api.get(
    '/definitions',
    {
      schema: {
        operationId: 'getDefinitions',
        summary: 'Show the types of databases, destinations and templates',
        tags: ['instance'],
        response: { 200: definitions, ...problemAnswers },
      },
    },
    () => ({
      databases: [...registry.databases.values()].map(({ type, title, summary, settings, credential, capabilities }) => ({
        type,
        title,
        summary,
        settings: { ...settingsSchema(settings) },
        credential: credential && { ...credentialSchema(credential) },
        capabilities: { ...capabilities },
      })),
      destinations: [...registry.destinations.values()].map(({ kind, type, title, summary, settings, credential, capabilities }) => ({
        kind,
        type,
        title,
        summary,
        settings: { ...settingsSchema(settings) },
        credential: credential && { ...credentialSchema(credential) },
        capabilities: { ...capabilities },
      })),
      templates: [...registry.templates.values()].map(({ type, title, summary, serves, settings }) => ({
        type,
        title,
        summary,
        serves,
        settings: { ...settingsSchema(settings, 'template') },
      })),
    }),
  )
}
