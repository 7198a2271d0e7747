import type { DestinationDefinition } from '../contract/destination.ts'
import type { SettingValues } from '../contract/settings.ts'
import type { Configured } from './configured.ts'
import type { Surroundings } from './kinds/kind-rules.ts'

/** An orchestration with everything that it names. One of `query` and `dataExport` is there. */
export interface Assembly {
  readonly orchestration: Configured<'orchestration'>
  readonly query: Configured<'query'> | undefined
  readonly dataExport: Configured<'export'> | undefined
  readonly destination: Configured<'destination'>
  readonly template: Configured<'template'> | undefined
  readonly definition: DestinationDefinition
}

/** Finds what an orchestration names; null where something is missing or of an unknown type, which is told of elsewhere. */
export function assemble(orchestration: Configured<'orchestration'>, { picture, registry }: Surroundings): Assembly | null {
  const { object, destination: destinationId, template: templateId } = orchestration.spec
  const destination = picture.get('destination', destinationId)
  const definition = destination && registry.destinations.get(destination.spec.type)
  const query = picture.get('query', object.id)
  const dataExport = picture.get('export', object.id)
  const template = templateId === null ? undefined : picture.get('template', templateId)
  if (!destination || !definition || !(query ?? dataExport) || (templateId !== null && !template)) return null
  return { orchestration, query, dataExport, destination, template, definition }
}

/** The settings of all layers together; where two set the same one, the upper one's. */
export function layeredSettings({ orchestration, destination, template }: Assembly): SettingValues {
  return { ...orchestration.spec.settings, ...template?.spec.settings, ...destination.spec.settings }
}
