import type { ExportContent, ParameterDeclarations, ParameterType } from '../contract/objects.ts'
import type { DatabaseToOpen, Source } from '../contract/reader.ts'
import type { EngineDependencies } from './dependencies.ts'

/** What a query or an export reads, wherever it is defined. */
export type ContentToCheck =
  | { readonly kind: 'query'; readonly sql: string; readonly parameters: ParameterDeclarations }
  | { readonly kind: 'export'; readonly tables: ExportContent['tables'] }

const checkMs = 60_000

/**
 * Every check that a run makes before its first row, without running anything: the database opens, the SQL is one SELECT that may run, what it
 * names is there. Throws what the reader throws: DATABASE_NOT_FOUND, SQL_SYNTAX with line and column, SQL_NOT_ALLOWED, TABLE_NOT_FOUND, ...
 */
export async function checkContent(
  { reader, clock }: Pick<EngineDependencies, 'reader' | 'clock'>,
  database: DatabaseToOpen,
  content: ContentToCheck,
): Promise<void> {
  const session = await reader.open(database, { outputs: [], deadlineMs: checkMs, signal: AbortSignal.timeout(checkMs) })
  try {
    for (const source of sourcesOf(content, clock())) await session.describe({ source, mapping: null })
  } finally {
    await session.close()
  }
}

function sourcesOf(content: ContentToCheck, now: Date): readonly Source[] {
  if (content.kind === 'export') {
    if (content.tables === 'all') return []
    return content.tables.map(({ name, columns }) => ({ kind: 'table', table: name, columns: columns ?? null }))
  }
  // A parameter without a default gets its value from an orchestration: some value of its type stands for it here.
  const values = Object.entries(content.parameters).map(([name, { type, default: value }]) => [name, value ?? samples[type]] as const)
  const builtIn = { run_started_at: now.toISOString(), last_success_at: null }
  return [{ kind: 'query', sql: content.sql, declarations: content.parameters, parameters: { ...Object.fromEntries(values), ...builtIn } }]
}

const samples: Readonly<Record<ParameterType, string>> = {
  text: '',
  integer: '1',
  decimal: '1',
  double: '1',
  boolean: 'true',
  date: '2000-01-01',
  timestamp: '2000-01-01T00:00:00Z',
}
