/** The connectors of an instance; app.ts makes it, the rooms are handed it. */
import type { DatabaseDefinition } from './database.ts'
import type { DestinationDefinition } from './destination.ts'
import type { SettingsShape } from './settings.ts'

/** A type of data template: `file` serves every file destination. */
export interface TemplateDefinition {
  readonly type: string
  readonly title: string
  readonly summary: string
  /** Which kind of destination it serves. */
  readonly serves: DestinationDefinition['kind']
  readonly settings: SettingsShape
}

export interface Registry {
  readonly databases: ReadonlyMap<string, DatabaseDefinition>
  readonly destinations: ReadonlyMap<string, DestinationDefinition>
  readonly templates: ReadonlyMap<string, TemplateDefinition>
}
