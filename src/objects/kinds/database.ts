import { connectionDocument, connectionFaults, connectionNames, connectionReferences, connectionSpec, typeFault } from './connection.ts'
import type { KindRules } from './kind-rules.ts'

export const databaseRules: KindRules<'database'> = {
  names: connectionNames,
  toSpec: connectionSpec,
  toDocument: (object, nameOf) => ({ kind: 'database', ...connectionDocument(object, nameOf) }),
  references: connectionReferences,
  check: (object, { registry, picture }) => {
    const definition = registry.databases.get(object.spec.type)
    if (!definition) return [typeFault('database', object.spec.type, registry.databases.keys())]
    const { settings: shape, laterSettings: later = [], credential } = definition
    return connectionFaults(object, { declared: { shape, later, namesFiles: false, checks: [], wholeChecks: [] }, credential }, picture)
  },
}
