import { z } from 'zod'
import { settingMeta } from '../../src/contract/settings.ts'
import type { SettingsShape } from '../../src/contract/settings.ts'
import { code, table } from './markdown.ts'

/** A table of settings: name, what it may be, default, which layers may set it, and what it does. */
export function settingsTable(shape: SettingsShape): string {
  const rows = Object.entries(shape).map(([name, setting]) => {
    const { title, help, layers } = settingMeta.get(setting) ?? { title: name }
    const schema = z.toJSONSchema(setting, { io: 'input', unrepresentable: 'any' })
    const value =
      schema.default === undefined ? (setting.safeParse(undefined).success ? '' : 'required') : code(JSON.stringify(schema.default))
    return [
      code(name),
      typeText(schema),
      value,
      layers?.join(', ') ?? 'itself',
      [`${title}.`, ...(help === undefined ? [] : [help])].join(' '),
    ]
  })
  return table(['setting', 'value', 'default', 'set on', 'what it is'], rows)
}

/** The secret fields of a credential. */
export function secretsTable(credential: z.ZodObject): string {
  return settingsTable(credential.shape)
}

type Schema = z.core.JSONSchema.BaseSchema

function typeText(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(', ')
  if (schema.const !== undefined) return code(String(schema.const))
  const choices = (schema.anyOf ?? schema.oneOf ?? []).flatMap((choice) => (typeof choice === 'object' ? [typeText(choice)] : []))
  if (choices.length > 0) return choices.join(' or ')
  if (schema.type === 'array' && typeof schema.items === 'object' && !Array.isArray(schema.items))
    return `list of ${typeText(schema.items as Schema)}`
  const named = {
    string: 'text',
    boolean: 'true or false',
    integer: 'whole number',
    number: 'number',
    object: 'names with values',
  } as Readonly<Record<string, string>>
  return `${named[String(schema.type)] ?? 'any'}${range(schema)}`
}

function range({ minimum, maximum }: Schema): string {
  const safe = (bound: unknown): bound is number => typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER
  if (safe(minimum) && safe(maximum)) return ` from ${minimum} to ${maximum}`
  if (safe(minimum)) return ` from ${minimum}`
  return safe(maximum) ? ` up to ${maximum}` : ''
}
