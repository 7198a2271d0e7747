/**
 * What is sent to make or change an object: a configuration document without its kind. These schemas document the bodies; the rules of
 * configuration check them (objects room), because they know more: the connector's settings, what this version does not have yet.
 */
import { z } from 'zod'
import { documentSchemas, secretValue } from '../contract/documents.ts'
import type { ObjectKind } from '../contract/objects.ts'
import { apiSchemas, databaseSettings, destinationSettings, templateSettings } from './api-schemas.ts'

/** What was sent to make or change an object, before the rules of configuration have checked it. */
export type ObjectInput = Readonly<Record<string, unknown>>

/** Body of the activation of a query or an export. */
export const activationBody = z.strictObject({ saveAnyway: z.boolean().default(false) }).register(apiSchemas, {
  id: 'Activation',
  description: 'The draft is checked against its database first; `saveAnyway` activates it without a check.',
})

const saveAnyway = z
  .boolean()
  .default(false)
  .register(apiSchemas, { description: 'Save even where the connection test fails; nothing is tested then.' })
const activateAnyway = z
  .boolean()
  .default(false)
  .register(apiSchemas, { description: 'Make it active even where it cannot run now; nothing is checked then.' })
const noHead = { kind: true, previousName: true } as const

/** Bodies of POST. */
export const createBodies = {
  database: documentSchemas.database.omit(noHead).extend({ settings: databaseSettings.default({}), saveAnyway }),
  credential: documentSchemas.credential.omit(noHead),
  query: documentSchemas.query.omit(noHead).extend({ saveAnyway: activateAnyway }),
  export: documentSchemas.export.omit(noHead).extend({ saveAnyway: activateAnyway }),
  destination: documentSchemas.destination.omit(noHead).extend({ settings: destinationSettings.default({}), saveAnyway }),
  template: documentSchemas.template.omit(noHead).extend({ settings: templateSettings.default({}) }),
  orchestration: documentSchemas.orchestration.omit(noHead),
} as const satisfies Record<ObjectKind, z.ZodObject>

const lifecycle = { status: true, draft: true, saveAnyway: true } as const

/**
 * Bodies of PATCH: any part of a document. What is not sent stays, null takes an optional field away; settings, mapping, limits, delivery
 * and retry are replaced whole, secrets one by one. The status and draft of queries and exports are changed by their life cycle.
 */
export const changeBodies = {
  database: partOf(createBodies.database),
  credential: partOf(createBodies.credential).extend({ secrets: z.record(z.string(), secretValue.nullable()).optional() }),
  query: partOf(createBodies.query.omit(lifecycle)),
  export: partOf(createBodies.export.omit(lifecycle)),
  destination: partOf(createBodies.destination),
  template: partOf(createBodies.template),
  orchestration: partOf(createBodies.orchestration),
} as const satisfies Record<ObjectKind, z.ZodObject>

createBodies.database.register(apiSchemas, { id: 'NewDatabase' })
createBodies.credential.register(apiSchemas, { id: 'NewCredential' })
createBodies.query.register(apiSchemas, { id: 'NewQuery' })
createBodies.export.register(apiSchemas, { id: 'NewDatabaseExport' })
createBodies.destination.register(apiSchemas, { id: 'NewDestination' })
createBodies.template.register(apiSchemas, { id: 'NewDataTemplate' })
createBodies.orchestration.register(apiSchemas, { id: 'NewOrchestration' })
changeBodies.database.register(apiSchemas, { id: 'DatabaseChange' })
changeBodies.credential.register(apiSchemas, { id: 'CredentialChange' })
changeBodies.query.register(apiSchemas, { id: 'QueryChange' })
changeBodies.export.register(apiSchemas, { id: 'DatabaseExportChange' })
changeBodies.destination.register(apiSchemas, { id: 'DestinationChange' })
changeBodies.template.register(apiSchemas, { id: 'DataTemplateChange' })
changeBodies.orchestration.register(apiSchemas, { id: 'OrchestrationChange' })

/** `.partial()` alone would keep the defaults, and a change of the name would reset the settings. */
function partOf(schema: z.ZodObject): z.ZodObject {
  const fields = Object.entries(schema.shape).map(([name, field]) => {
    if (name === 'saveAnyway') return [name, field]
    const inner = field instanceof z.ZodDefault || field instanceof z.ZodOptional ? field.unwrap() : null
    const bare = inner ?? field
    if (!(bare instanceof z.ZodType)) throw new Error(`${name} is not a schema`)
    return [name, (inner === null ? bare : bare.nullable()).optional()]
  })
  return z.strictObject(Object.fromEntries(fields))
}
