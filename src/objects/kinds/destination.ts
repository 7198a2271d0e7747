import { destinationSettings } from '../settings-rules.ts'
import { connectionDocument, connectionFaults, connectionNames, connectionReferences, connectionSpec, typeFault } from './connection.ts'
import type { KindRules } from './kind-rules.ts'

export const destinationRules: KindRules<'destination'> = {
  names: connectionNames,
  toSpec: connectionSpec,
  toDocument: (object, nameOf) => ({ kind: 'destination', ...connectionDocument(object, nameOf) }),
  references: connectionReferences,
  check: (object, { registry, picture }) => {
    const definition = registry.destinations.get(object.spec.type)
    if (!definition) return [typeFault('destination', object.spec.type, registry.destinations.keys())]
    return connectionFaults(object, { declared: destinationSettings(definition, registry), credential: definition.credential }, picture)
  },
}
