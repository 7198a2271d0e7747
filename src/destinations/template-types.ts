/** Which types of data templates there are: that of files, and one for each type of record destination. */
import type { DestinationDefinition, RecordDestinationDefinition } from '../contract/destination.ts'
import type { TemplateDefinition } from '../contract/registry.ts'
import { settingMeta } from '../contract/settings.ts'
import { fileTemplate } from '../files/template-definition.ts'

/** The template type of a record destination: those of its settings that a template may set. */
function recordTemplate({ type, title, settings, laterSettings = [] }: RecordDestinationDefinition): TemplateDefinition {
  const own = Object.entries(settings).filter(([, setting]) => settingMeta.get(setting)?.layers?.includes('template'))
  return {
    type,
    title,
    summary: `Columns and request settings for destinations of type ${type}.`,
    serves: { type },
    settings: Object.fromEntries(own),
    laterSettings,
  }
}

/** The types of data templates for these types of destinations. */
export function templateTypesFor(destinations: ReadonlyMap<string, DestinationDefinition>): ReadonlyMap<string, TemplateDefinition> {
  const ofRecords = [...destinations.values()].filter((definition) => definition.kind === 'record').map(recordTemplate)
  return new Map([fileTemplate, ...ofRecords].map((template) => [template.type, template]))
}
