import type { ObjectKind } from '../../contract/objects.ts'
import { credentialRules } from './credential.ts'
import { databaseRules } from './database.ts'
import { destinationRules } from './destination.ts'
import { exportRules } from './export.ts'
import type { KindRules } from './kind-rules.ts'
import { orchestrationRules } from './orchestration.ts'
import { queryRules } from './query.ts'
import { templateRules } from './template.ts'

const kindRules: { readonly [K in ObjectKind]: KindRules<K> } = {
  database: databaseRules,
  credential: credentialRules,
  query: queryRules,
  export: exportRules,
  destination: destinationRules,
  template: templateRules,
  orchestration: orchestrationRules,
}

/** The rules of a kind. */
export function rulesOf<K extends ObjectKind>(kind: K): KindRules<K> {
  return kindRules[kind]
}

/** Kinds such that each names only earlier ones. */
export const dependencyOrder: readonly ObjectKind[] = [
  'credential',
  'database',
  'query',
  'export',
  'destination',
  'template',
  'orchestration',
]
