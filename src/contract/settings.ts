import { z } from 'zod'

/**
 * The layers that may set a value, from the top down: a value set on a destination is fixed for everything below, what it
 * leaves open a template may set, what both leave open the orchestration sets.
 */
export const layers = ['destination', 'template', 'orchestration'] as const
export type Layer = (typeof layers)[number]

/** What a form, the docs and the command line need to know of a setting beside its schema. */
export interface SettingMeta {
  readonly title: string
  readonly help?: string
  /** Which layers may set it; without it only the destination (or the database) may. */
  readonly layers?: readonly Layer[]
  /** The value is a path on this machine: relative paths in a file are relative to that file. */
  readonly path?: boolean
  readonly secret?: boolean
  /** This version does not have it yet: its schema accepts the value that changes nothing, every other one is refused by name (NOT_AVAILABLE). */
  readonly later?: boolean
}

/** Metadata of settings, kept beside their Zod schemas: `z.string().register(settingMeta, { title: 'Host' })`. */
export const settingMeta = z.registry<SettingMeta>()

/** A group of settings, declared once: one Zod schema per setting, each registered in `settingMeta`. */
export type SettingsShape = Readonly<Record<string, z.ZodType>>

/** Values of settings as people wrote them: checked, not yet completed by defaults. */
export type SettingValues = Readonly<Record<string, unknown>>

/** The values of one layer, with the name of the thing that holds them ("destination partner-drop"). */
export interface SettingsLayer {
  readonly layer: Layer
  readonly holder: string
  readonly values: SettingValues
}

/** One setting after layering. */
export interface ResolvedSetting {
  readonly value: unknown
  /** The holder that set it; null for a default. */
  readonly setBy: string | null
  readonly layer: Layer | null
}
