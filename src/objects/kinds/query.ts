import { builtInParameters, type ParameterDeclarations, type QueryContent } from '../../contract/objects.ts'
import { pointerTo, type Fault } from '../faults.ts'
import { valueFits } from '../parameter-values.ts'
import type { KindRules } from './kind-rules.ts'
import { changedFields, lifecycleOf, mainContent } from './lifecycle.ts'

/** Declarations as people write them: no default where it is null. */
function printedParameters(
  parameters: ParameterDeclarations,
): Record<string, { type: ParameterDeclarations[string]['type']; default?: ParameterDeclarations[string]['default'] }> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { type, default: value }]) => [name, value === null ? { type } : { type, default: value }]),
  )
}

function contentFaults(content: QueryContent, at: string): Fault[] {
  return Object.entries(content.parameters).flatMap(([name, { type, default: value }]): Fault[] => {
    const pointer = pointerTo(at, 'parameters', name)
    if (Object.hasOwn(builtInParameters, name))
      return [{ code: 'PARAMETER_INVALID', pointer, message: `The parameter "${name}" is built in; give yours another name.` }]
    if (valueFits(type, value)) return []
    return [
      {
        code: 'PARAMETER_INVALID',
        pointer: `${pointer}/default`,
        message: `The default ${JSON.stringify(value)} of the parameter "${name}" is not of type ${type}.`,
      },
    ]
  })
}

export const queryRules: KindRules<'query'> = {
  names: { database: 'database' },
  toSpec: (document, reading) => {
    const { description = '', folder = '', labels = [], sql, parameters = {}, draft } = document
    const content = { database: reading.resolve('database', document.database, '/database'), sql, parameters }
    const drafted = draft && {
      database: draft.database === undefined ? content.database : reading.resolve('database', draft.database, '/draft/database'),
      sql: draft.sql ?? sql,
      parameters: draft.parameters ?? parameters,
    }
    return { description, folder, labels, ...lifecycleOf(document, content, drafted ?? null, reading) }
  },
  toDocument: ({ name, spec }, nameOf) => {
    const { description, folder, labels, active, draft } = spec
    const { database, sql, parameters } = mainContent(spec, name)
    const drafted = active && draft && changedFields(active, draft)
    return {
      kind: 'query',
      name,
      ...(description !== '' && { description }),
      database: nameOf(database),
      ...(folder !== '' && { folder }),
      ...(labels.length > 0 && { labels }),
      ...(active && { status: 'active' }),
      ...(Object.keys(parameters).length > 0 && { parameters: printedParameters(parameters) }),
      sql,
      ...(drafted && {
        draft: {
          ...(drafted.database !== undefined && { database: nameOf(drafted.database) }),
          ...(drafted.parameters && { parameters: printedParameters(drafted.parameters) }),
          ...(drafted.sql !== undefined && { sql: drafted.sql }),
        },
      }),
    }
  },
  references: ({ active, draft }) => [
    ...(active ? [{ field: 'active.database', kind: 'database' as const, id: active.database }] : []),
    ...(draft ? [{ field: 'draft.database', kind: 'database' as const, id: draft.database }] : []),
  ],
  check: ({ spec: { active, draft } }) => [
    ...(active ? contentFaults(active, '') : []),
    ...(draft ? contentFaults(draft, active ? '/draft' : '') : []),
  ],
}
