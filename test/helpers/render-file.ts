import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { afterAll, beforeAll } from 'vitest'
import type { ColumnInfo } from '../../src/contract/database.ts'
import type { MappingEntry } from '../../src/contract/objects.ts'
import type { RejectReason } from '../../src/contract/runs.ts'
import { copyStatement } from '../../src/files/copy-statement.ts'
import { parseFileSettings } from '../../src/files/settings.ts'
import { mappingSelect } from '../../src/templates/mapping-sql.ts'

export interface RenderedFile {
  readonly bytes: Buffer
  readonly text: string
  readonly rows: number
  /** Without those that did not occur. */
  readonly rejects: readonly RejectReason[]
}

export interface FileRenderer {
  readonly connection: DuckDBConnection
  render(sql: string, settings: Readonly<Record<string, unknown>>, mapping?: readonly MappingEntry[]): Promise<RenderedFile>
}

/** A database in memory, and what it renders: the same steps that the reader's child takes. For use at the top of a `describe`. */
export function fileRenderer(): FileRenderer {
  let connection: DuckDBConnection
  let folder: string
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
    // Not UTC, so that nothing depends on the session's time zone.
    await connection.run("SET TimeZone = 'America/New_York'")
    folder = await mkdtemp(join(tmpdir(), "segue o'files "))
  })
  afterAll(async () => {
    connection.closeSync()
    await rm(folder, { recursive: true })
  })
  return {
    get connection() {
      return connection
    },
    render: (sql, settings, mapping) => render(connection, join(folder, 'out'), sql, settings, mapping ?? null),
  }
}

async function render(
  connection: DuckDBConnection,
  output: string,
  source: string,
  settings: Readonly<Record<string, unknown>>,
  mapping: readonly MappingEntry[] | null,
): Promise<RenderedFile> {
  const mapped = mappingSelect({ source, columns: await describeColumns(connection, source), mapping })
  const columns = await describeColumns(connection, mapped.select)
  const statement = copyStatement({
    select: mapped.checkedSelect,
    columns,
    checks: mapped.checks,
    file: parseFileSettings(settings),
    output,
    limit: null,
  })
  await rm(output, { force: true })
  for (const sql of statement.before) await connection.run(sql)
  const { rowsChanged: rows } = await connection.run(statement.copy)
  if (rows === 0 && statement.copyWhenEmpty !== null) {
    if (existsSync(output)) throw new Error('A file without rows was written twice; whoever follows its bytes has seen the first ones.')
    await connection.run(statement.copyWhenEmpty)
  }
  const rejects: RejectReason[] = []
  for (const { code, column, count } of statement.rejects) {
    const [[counted] = []] = (await connection.runAndReadAll(count)).getRows()
    if (Number(counted) > 0) rejects.push({ code, column, rows: Number(counted) })
  }
  for (const sql of statement.after) await connection.run(sql)
  const bytes = await readFile(output)
  return { bytes, text: bytes.toString('utf8'), rows, rejects }
}

async function describeColumns(connection: DuckDBConnection, select: string): Promise<ColumnInfo[]> {
  const described = await connection.runAndReadAll(`DESCRIBE ${select}`)
  return described.getRowsJson().map(([name, type]) => ({ name: String(name), type: String(type) }))
}
