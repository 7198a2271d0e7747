import { ownSettingFaults, templateSettings } from '../settings-rules.ts'
import { typeFault } from './connection.ts'
import type { KindRules } from './kind-rules.ts'

export const templateRules: KindRules<'template'> = {
  names: {},
  toSpec: ({ description = '', type, settings, mapping = null }) => ({ description, type, settings, mapping }),
  toDocument: ({ name, spec: { description, type, settings, mapping } }) => ({
    kind: 'template',
    name,
    ...(description !== '' && { description }),
    type,
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(mapping !== null && { mapping }),
  }),
  references: () => [],
  check: ({ spec }, { registry }) => {
    const definition = registry.templates.get(spec.type)
    if (!definition) return [typeFault('template', spec.type, registry.templates.keys())]
    return ownSettingFaults(templateSettings(definition), 'template', spec.settings)
  },
}
