import type { ExportContent } from '../../contract/objects.ts'
import { pointerTo, type Fault } from '../faults.ts'
import type { KindRules } from './kind-rules.ts'
import { changedFields, lifecycleOf, mainContent } from './lifecycle.ts'

/** Tables and columns that are named twice. */
function contentFaults({ tables }: ExportContent, at: string): Fault[] {
  if (tables === 'all') return []
  const twice = (names: readonly string[], what: string, ...path: readonly string[]): Fault[] =>
    names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [{ code: 'INVALID' as const, pointer: pointerTo(at, ...path, index), message: `The ${what} "${name}" is named twice.` }],
    )
  return [
    ...twice(
      tables.map((table) => table.name),
      'table',
      'tables',
    ),
    ...tables.flatMap((table, index) => twice(table.columns ?? [], 'column', 'tables', String(index), 'columns')),
  ]
}

export const exportRules: KindRules<'export'> = {
  names: { database: 'database' },
  toSpec: (document, reading) => {
    const { description = '', tables, draft } = document
    const content = { database: reading.resolve('database', document.database, '/database'), tables }
    const drafted = draft && {
      database: draft.database === undefined ? content.database : reading.resolve('database', draft.database, '/draft/database'),
      tables: draft.tables ?? tables,
    }
    return { description, ...lifecycleOf(document, content, drafted ?? null, reading) }
  },
  toDocument: ({ name, spec }, nameOf) => {
    const { description, active, draft } = spec
    const { database, tables } = mainContent(spec, name)
    const drafted = active && draft && changedFields(active, draft)
    return {
      kind: 'export',
      name,
      ...(description !== '' && { description }),
      database: nameOf(database),
      ...(active && { status: 'active' }),
      tables,
      ...(drafted && {
        draft: {
          ...(drafted.database !== undefined && { database: nameOf(drafted.database) }),
          ...(drafted.tables && { tables: drafted.tables }),
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
