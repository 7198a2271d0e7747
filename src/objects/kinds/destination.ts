import type { DestinationDefinition } from '../../contract/destination.ts'
import type { DestinationLimits, Specs } from '../../contract/objects.ts'
import { pointerTo, type Fault } from '../faults.ts'
import { destinationSettings } from '../settings-rules.ts'
import { connectionDocument, connectionFaults, connectionNames, connectionReferences, connectionSpec, typeFault } from './connection.ts'
import type { KindRules } from './kind-rules.ts'

const requestLimits = ['requestsPerSecond', 'parallel'] as const satisfies readonly (keyof DestinationLimits)[]

/** Limits of requests where files are sent: they would change nothing. */
function limitFaults({ limits, type }: Specs['destination'], { kind }: DestinationDefinition): Fault[] {
  if (kind !== 'file') return []
  return requestLimits
    .filter((limit) => limits[limit] !== undefined)
    .map((limit) => ({
      code: 'INVALID',
      pointer: pointerTo('/limits', limit),
      message: `The destination type "${type}" sends files, for which there is no limit "${limit}"; of the limits it takes "runs" only.`,
    }))
}

export const destinationRules: KindRules<'destination'> = {
  names: connectionNames,
  toSpec: (document, reading) => ({ ...connectionSpec(document, reading), limits: document.limits, onUnknown: document.onUnknown }),
  toDocument: (object, nameOf) => ({
    kind: 'destination',
    ...connectionDocument(object, nameOf),
    ...(Object.keys(object.spec.limits).length > 0 && { limits: object.spec.limits }),
    ...(object.spec.onUnknown !== 'resend' && { onUnknown: object.spec.onUnknown }),
  }),
  references: connectionReferences,
  check: (object, { registry, picture }) => {
    const definition = registry.destinations.get(object.spec.type)
    if (!definition) return [typeFault('destination', object.spec.type, registry.destinations.keys())]
    return [
      ...connectionFaults(object, { declared: destinationSettings(definition, registry), credential: definition.credential }, picture),
      ...limitFaults(object.spec, definition),
    ]
  },
}
