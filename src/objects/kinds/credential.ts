import { credentialTypes } from '../credential-types.ts'
import { typeFault } from './connection.ts'
import type { KindRules } from './kind-rules.ts'

/** A credential's secrets are not in its spec: secret-changes.ts reads and checks them. */
export const credentialRules: KindRules<'credential'> = {
  names: {},
  toSpec: ({ description = '', type }) => ({ description, type }),
  toDocument: ({ name, spec: { description, type } }) => ({ kind: 'credential', name, ...(description !== '' && { description }), type }),
  references: () => [],
  check: ({ spec }, { registry }) => {
    const types = credentialTypes(registry)
    return types.has(spec.type) ? [] : [typeFault('credential', spec.type, types.keys())]
  },
}
