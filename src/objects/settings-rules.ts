/** Settings against the definitions that declare them. */
import { z } from 'zod'
import { SegueError } from '../contract/errors.ts'
import type { DestinationDefinition } from '../contract/destination.ts'
import { servesDestination, type Registry, type TemplateDefinition } from '../contract/registry.ts'
import { settingMeta, type Layer, type SettingsShape, type SettingValues } from '../contract/settings.ts'
import { checkFileNameTemplate } from '../templates/file-name.ts'
import { checkLayer } from '../templates/layering.ts'
import { pointerTo, type Fault } from './faults.ts'

/** What a kind of settings knows of itself. */
export interface DeclaredSettings {
  readonly shape: SettingsShape
  /** Names of settings that a later version will have. */
  readonly later: readonly string[]
  /** The values of `fileName` are templates of file names. */
  readonly namesFiles: boolean
  /** Rules across settings, for those of one layer as well as of all; each throws a SegueError. */
  readonly checks: readonly ((values: SettingValues) => void)[]
  /** Rules across settings that only all of them together, with their defaults, can break. */
  readonly wholeChecks: readonly ((values: SettingValues) => void)[]
}

/** The file setting that holds a file-name template. */
export const fileNameSetting = 'fileName'

/** The settings of a template type. */
export function templateSettings({ settings, laterSettings = [], serves, check }: TemplateDefinition): DeclaredSettings {
  return { shape: settings, later: laterSettings, namesFiles: 'kind' in serves, checks: check ? [check] : [], wholeChecks: [] }
}

/** The settings of a destination type: its own, and those of the templates that serve it. */
export function destinationSettings(definition: DestinationDefinition, registry: Registry): DeclaredSettings {
  const { kind, settings, laterSettings = [] } = definition
  const serving = [...registry.templates.values()].filter((template) => servesDestination(template, definition)).map(templateSettings)
  return {
    shape: settings,
    later: [...laterSettings, ...serving.flatMap(({ later }) => later)],
    namesFiles: kind === 'file',
    checks: serving.flatMap(({ checks }) => checks),
    wholeChecks: kind === 'record' ? [(values) => void definition.limits(values)] : [],
  }
}

/** True for settings that nothing below the destination may set. */
export function isFixedAtTheTop(shape: SettingsShape, name: string): boolean {
  const schema = shape[name]
  return ((schema && settingMeta.get(schema)?.layers) ?? ['destination']).every((layer) => layer === 'destination')
}

/** What is wrong with one layer by itself: unknown settings, those of another layer or a later version, wrong values, unusable file names. */
export function layerFaults({ shape, later, namesFiles }: DeclaredSettings, layer: Layer, values: SettingValues): Fault[] {
  const isLater = (name: string): boolean => later.includes(name) && !Object.hasOwn(shape, name)
  const names = Object.keys(values)
  const notYet = names.filter(isLater).map((name): Fault => ({
    code: 'NOT_AVAILABLE',
    pointer: pointerTo('/settings', name),
    message: `This version does not have the setting "${name}" yet.`,
  }))
  const present = Object.fromEntries(Object.entries(values).filter(([name]) => !isLater(name)))
  const wrong = checkLayer(shape, layer, present).map(({ pointer, message, code = 'INVALID' }): Fault => ({
    code,
    pointer: `/settings${pointer}`,
    message,
  }))
  const fileName = namesFiles ? values[fileNameSetting] : undefined
  const unusable = typeof fileName === 'string' ? checkFileNameTemplate(fileName) : []
  return [
    ...notYet,
    ...wrong,
    ...unusable.map(({ message }): Fault => ({ code: 'FILE_NAME_INVALID', pointer: pointerTo('/settings', fileNameSetting), message })),
  ]
}

/** Settings that do not go together. The values are right each by itself. */
export function crossFaults({ checks }: Pick<DeclaredSettings, 'checks'>, values: SettingValues): Fault[] {
  return checks.flatMap((check): Fault[] => {
    try {
      check(values)
      return []
    } catch (error) {
      if (!(error instanceof SegueError)) throw error
      const [first] = error.errors
      return [{ code: error.code, pointer: `/settings${first?.pointer ?? ''}`, message: error.detail }]
    }
  })
}

/**
 * Settings of all layers that do not go together, defaults included. Nothing is said where a setting is missing or wrong by itself:
 * that is told elsewhere.
 */
export function wholeFaults({ shape, checks, wholeChecks }: DeclaredSettings, values: SettingValues): Fault[] {
  const faults = crossFaults({ checks }, values)
  const parsed = z.object(shape).safeParse(values)
  return faults.length > 0 || !parsed.success ? faults : crossFaults({ checks: wholeChecks }, parsed.data)
}

/** Everything that is wrong with a layer by itself; settings are compared with each other where each of them is right. */
export function ownSettingFaults(declared: DeclaredSettings, layer: Layer, values: SettingValues): Fault[] {
  const faults = layerFaults(declared, layer, values)
  return faults.length > 0 ? faults : crossFaults(declared, values)
}

/** Settings without a default that only the destination (or database) may set, and that it does not. */
export function missingFaults(shape: SettingsShape, values: SettingValues): Fault[] {
  return Object.entries(shape)
    .filter(([name, schema]) => values[name] === undefined && isFixedAtTheTop(shape, name) && !schema.safeParse(undefined).success)
    .map(([name]) => ({ code: 'INVALID', pointer: pointerTo('/settings', name), message: `The setting "${name}" is required.` }))
}
