/** The connectors of an instance; app.ts makes it, the rooms are handed it. */
import type { DatabaseDefinition } from './database.ts'
import type { DestinationDefinition } from './destination.ts'
import type { SettingsShape, SettingValues } from './settings.ts'

/** A type of data template: `file` serves every file destination. */
export interface TemplateDefinition {
  readonly type: string
  readonly title: string
  readonly summary: string
  /** Which kind of destination it serves. */
  readonly serves: DestinationDefinition['kind']
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
