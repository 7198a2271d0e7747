/** The connectors of an instance; app.ts makes it, the rooms are handed it. */
import type { DatabaseDefinition } from './database.ts'
import type { DestinationDefinition } from './destination.ts'
import type { SettingsShape, SettingValues } from './settings.ts'

/** What a template type is for: every destination of a kind, or those of one type. */
export type TemplateServes = { readonly kind: 'file' } | { readonly type: string }

/** A type of data template: `file` serves every file destination, every other one the destination type of the same name. */
export interface TemplateDefinition {
  readonly type: string
  readonly title: string
  readonly summary: string
  readonly serves: TemplateServes
  readonly settings: SettingsShape
  /** Settings of the design that this version does not have yet: refused by name (NOT_AVAILABLE) rather than as unknown. */
  readonly laterSettings?: readonly string[]
  /** Rules across settings, for values after layering (or of the layers that are known yet); throws SETTING_INVALID. */
  readonly check?: (values: SettingValues) => void
}

export interface Registry {
  readonly databases: ReadonlyMap<string, DatabaseDefinition>
  readonly destinations: ReadonlyMap<string, DestinationDefinition>
  readonly templates: ReadonlyMap<string, TemplateDefinition>
}

/** True where templates of that type may be used with destinations of that type. */
export function servesDestination({ serves }: TemplateDefinition, { kind, type }: DestinationDefinition): boolean {
  return 'kind' in serves ? serves.kind === kind : serves.type === type
}
