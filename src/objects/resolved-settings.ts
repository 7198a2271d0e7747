import { SegueError } from '../contract/errors.ts'
import type { StoredObject } from '../contract/objects.ts'
import type { ResolvedSetting, SettingsLayer } from '../contract/settings.ts'
import { resolveSettings } from '../templates/layering.ts'
import { called } from './configured.ts'
import { requireObject } from './find-object.ts'
import type { ObjectsRoom } from './room.ts'

/** The settings of an orchestration after layering, each with what set it. */
export async function settingsAfterLayering(
  { store, registry }: ObjectsRoom,
  orchestration: StoredObject<'orchestration'>,
): Promise<ReadonlyMap<string, ResolvedSetting>> {
  const { destination: destinationId, template: templateId, settings } = orchestration.spec
  const destination = await requireObject(store.db, 'destination', destinationId)
  const template = templateId === null ? null : await requireObject(store.db, 'template', templateId)
  const definition = registry.destinations.get(destination.spec.type)
  if (!definition)
    throw new SegueError(
      'NOT_AVAILABLE',
      `The ${called(destination)} is of type "${destination.spec.type}", which this version does not have.`,
    )
  const layers: SettingsLayer[] = [
    { layer: 'destination', holder: called(destination), values: destination.spec.settings },
    ...(template ? [{ layer: 'template' as const, holder: called(template), values: template.spec.settings }] : []),
    { layer: 'orchestration', holder: called(orchestration), values: settings },
  ]
  return resolveSettings(definition.settings, layers)
}
