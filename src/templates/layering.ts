import type { z } from 'zod'
import { SegueError, type FieldError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'
import {
  settingMeta,
  type Layer,
  type ResolvedSetting,
  type SettingsLayer,
  type SettingsShape,
  type SettingValues,
} from '../contract/settings.ts'

/**
 * What is wrong with the values that one layer sets, as JSON pointers into them: names that are not known (with the nearest one), settings
 * of other layers, values that the schema refuses. Values that a later version will take carry the code NOT_AVAILABLE.
 * A setting that is not there is no fault here: another layer may set it.
 */
export function checkLayer(shape: SettingsShape, layer: Layer, values: SettingValues): FieldError[] {
  return Object.entries(values).flatMap(([name, value]): FieldError[] => {
    if (value === undefined) return []
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const schema = ownSetting(shape, name)
    if (schema === undefined)
      return [{ pointer, code: 'UNKNOWN_FIELD', message: `There is no setting "${name}".${nearest(name, Object.keys(shape))}` }]
    const allowed = layersOf(schema)
    if (!allowed.includes(layer)) {
      return [
        { pointer, code: 'INVALID', message: `The setting "${name}" is not set on the ${layer}, but on the ${allowed.join(' or the ')}.` },
      ]
    }
    const parsed = schema.safeParse(value)
    if (parsed.success) return []
    if (settingMeta.get(schema)?.later) {
      return [{ pointer, code: 'NOT_AVAILABLE', message: `This version does not have the setting "${name}" ${JSON.stringify(value)} yet.` }]
    }
    return parsed.error.issues.map((issue) => ({ pointer, code: 'INVALID' as const, message: sentence(name, issue) }))
  })
}

/**
 * Every setting of the shape with its value and who set it; defaults where nobody did. Settings without value and default are left out.
 * Throws SETTING_FIXED where two layers set the same one (even to the same value: the upper one is meant to decide alone), UNKNOWN_FIELD and
 * SETTING_INVALID for values that no longer fit the shape, SETTING_INVALID for a required setting that no layer sets.
 */
export function resolveSettings(shape: SettingsShape, layers: readonly SettingsLayer[]): ReadonlyMap<string, ResolvedSetting> {
  const given = new Map<string, SettingsLayer>()
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer.values)) {
      if (value === undefined) continue
      if (ownSetting(shape, name) === undefined)
        throw new SegueError(
          'UNKNOWN_FIELD',
          `${layer.holder} sets "${name}", which is no setting here.${nearest(name, Object.keys(shape))}`,
        )
      const upper = given.get(name)
      if (upper !== undefined)
        throw new SegueError('SETTING_FIXED', `The setting "${name}" is fixed by ${upper.holder}; ${layer.holder} must leave it out.`)
      given.set(name, layer)
    }
  }
  const resolved = new Map<string, ResolvedSetting>()
  for (const [name, schema] of Object.entries(shape)) {
    const setting = resolve(name, schema, given.get(name))
    if (setting.value !== undefined) resolved.set(name, setting)
  }
  return resolved
}

function resolve(name: string, schema: z.ZodType, from: SettingsLayer | undefined): ResolvedSetting {
  const parsed = schema.safeParse(from?.values[name])
  if (parsed.success) return { value: parsed.data, setBy: from?.holder ?? null, layer: from?.layer ?? null }
  const pointer = `/${name}`
  if (from === undefined) {
    throw new SegueError('SETTING_INVALID', `The setting "${name}" is required, and nothing sets it.`, {
      errors: [{ pointer, message: 'is required' }],
    })
  }
  const messages = parsed.error.issues.map((issue) => sentence(name, issue))
  throw new SegueError('SETTING_INVALID', `${from.holder}: ${messages.join(' ')}`, {
    errors: messages.map((message) => ({ pointer, message })),
  })
}

/** A setting of the shape itself: `constructor` is none. */
function ownSetting(shape: SettingsShape, name: string): z.ZodType | undefined {
  return Object.hasOwn(shape, name) ? shape[name] : undefined
}

function layersOf(schema: z.ZodType): readonly Layer[] {
  return settingMeta.get(schema)?.layers ?? ['destination']
}

function sentence(name: string, issue: z.core.$ZodIssue): string {
  const inside = issue.path.length > 0 ? ` (at ${issue.path.join('.')})` : ''
  return `The setting "${name}"${inside}: ${issue.message}.`
}
