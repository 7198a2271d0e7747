/** The OpenAPI 3.1 document, made of the schemas that the routes check with. */
import swagger from '@fastify/swagger'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { Registry } from '../contract/registry.ts'
import type { SettingsShape } from '../contract/settings.ts'
import type { Api } from './api.ts'
import { apiSchemas } from './api-schemas.ts'
import { tidied, type OpenApiDocument } from './openapi-components.ts'
import { credentialSchema, settingsSchema, type JsonSchema } from './setting-schemas.ts'

/** Must be registered before the routes. */
export async function describeApi(api: Api, options: { readonly registry: Registry; readonly version: string }): Promise<void> {
  const withComponents = createJsonSchemaTransformObject({ schemaRegistry: apiSchemas })
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: { title: 'Segue', description: 'Sends query results and tables to where they are used.', version: options.version },
    },
    convertConstToEnum: false,
    transform: createJsonSchemaTransform({ schemaRegistry: apiSchemas }),
    transformObject: (document) => tidied(withComponents(document) as OpenApiDocument, connectorComponents(options.registry)),
  })
}

/** Settings and secrets of each connector as components, and in the place of the free-form ones a choice of them. */
export function connectorComponents({ databases, destinations, templates }: Registry): Record<string, JsonSchema> {
  const of = (
    family: string,
    definitions: Iterable<{ type: string; title: string; settings: SettingsShape; credential?: z.ZodObject | null }>,
  ) => {
    const settings: Record<string, JsonSchema> = {}
    const credentials: Record<string, JsonSchema> = {}
    for (const { type, title, settings: shape, credential } of definitions) {
      settings[`${pascal(type)}${family}Settings`] = { title, ...settingsSchema(shape, family === 'Template' ? 'template' : undefined) }
      if (credential) credentials[`${pascal(type)}${family}Secrets`] = { title, ...credentialSchema(credential) }
    }
    return { ...settings, ...credentials, [`${family}Settings`]: anyOf(Object.keys(settings)) }
  }
  return { ...of('Database', databases.values()), ...of('Destination', destinations.values()), ...of('Template', templates.values()) }
}

function anyOf(names: readonly string[]): JsonSchema {
  if (names.length === 0) return { type: 'object' }
  return { anyOf: names.map((name) => ({ $ref: `#/components/schemas/${name}` })) }
}

/** `azure-blob` as `AzureBlob`. */
function pascal(type: string): string {
  return type
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}
