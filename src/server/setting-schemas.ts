/** JSON Schemas (draft 2020-12) of what connectors declare: for forms, for the OpenAPI document, for the docs. */
import { z } from 'zod'
import { settingMeta, type Layer, type SettingsShape } from '../contract/settings.ts'

export type JsonSchema = z.core.JSONSchema.BaseSchema

/**
 * The settings of a shape as one object schema; each property carries title, help, layers, path and secret of `settingMeta`. A setting
 * that a lower layer may set is not required, as it may stay open. With `layer`, only the settings which that layer may set.
 */
export function settingsSchema(shape: SettingsShape, layer?: Layer): JsonSchema {
  const shown = Object.entries(shape).filter(([, setting]) => layer === undefined || layersOf(setting).includes(layer))
  const schema = jsonSchema(z.strictObject(Object.fromEntries(shown)))
  const open = new Set(shown.filter(([, setting]) => layersOf(setting).length > 1).map(([name]) => name))
  const required = (schema.required ?? []).filter((name) => !open.has(name))
  const { required: _, ...rest } = schema
  return required.length > 0 ? { ...rest, required } : rest
}

/** The secret fields of a credential. */
export function credentialSchema(credential: z.ZodObject): JsonSchema {
  return jsonSchema(credential)
}

/** Which layers may set a setting; one that does not say belongs to the destination (or database). */
export function layersOf(setting: z.ZodType): readonly Layer[] {
  return settingMeta.get(setting)?.layers ?? ['destination']
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', metadata: settingMeta, unrepresentable: 'any', reused: 'inline' })
  return rest
}
