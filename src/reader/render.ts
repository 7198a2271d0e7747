import type { DuckDBConnection } from '@duckdb/node-api'
import type { OpenDatabase } from '../contract/database.ts'
import type { RenderProgress, RenderRequest, RenderResult } from '../contract/reader.ts'
import type { RejectReason } from '../contract/runs.ts'
import { copyStatement } from '../files/copy-statement.ts'
import type { CopyStatement } from '../files/copy-statement.ts'
import { withProgress } from './progress.ts'
import { prepareOutput, runStatement } from './run-select.ts'
import type { PreparedSource } from './prepare-source.ts'
import { sqlError } from './sql-errors.ts'

/** Renders a source into a file in one pass of DuckDB's writers. What is in the file after a failure is the caller's to remove. */
export async function render(
  database: OpenDatabase,
  request: RenderRequest,
  onProgress: (progress: RenderProgress) => void,
): Promise<RenderResult> {
  const { source, mapped, columns } = await prepareOutput(database, request)
  const { file, output, limit } = request
  const copy = copyStatement({ select: mapped.checkedSelect, columns, checks: mapped.checks, file, output, limit })
  try {
    for (const statement of copy.before) await runOwn(database.connection, statement)
    const rows = await withProgress(database.connection, onProgress, () => write(database, copy, source))
    return { rows, rejects: await readRejects(database.connection, copy), columns }
  } finally {
    for (const statement of copy.after) await runOwn(database.connection, statement)
  }
}

async function write(database: OpenDatabase, copy: CopyStatement, source: PreparedSource): Promise<number> {
  const { rowsChanged } = await runStatement(database, copy.copy, source)
  if (rowsChanged === 0 && copy.copyWhenEmpty !== null) await runOwn(database.connection, copy.copyWhenEmpty)
  return rowsChanged
}

async function readRejects(connection: DuckDBConnection, copy: CopyStatement): Promise<RejectReason[]> {
  const rejects: RejectReason[] = []
  for (const { code, column, count } of copy.rejects) {
    const rows = Number((await runOwn(connection, count))[0]?.[0])
    if (rows > 0) rejects.push({ code, column, rows })
  }
  return rejects
}

async function runOwn(connection: DuckDBConnection, statement: string): Promise<unknown[][]> {
  try {
    return (await connection.runAndReadAll(statement)).getRowsJson()
  } catch (error) {
    throw sqlError(error, 'run', null)
  }
}
