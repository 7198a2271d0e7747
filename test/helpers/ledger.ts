import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect } from 'vitest'
import type { RunDocument } from '../../src/contract/runs.ts'

/** The rows of a statement, in which `$file` is a Parquet file. */
export async function askParquet(file: string, sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql.replace('$file', `read_parquet('${file}')`))).getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** The ledger of a run of records that ended says of every row what the counts say, and of no row twice. */
export async function expectLedger(dataDir: string, run: RunDocument): Promise<void> {
  for (const [number, { counts }] of run.datasets.entries()) {
    const path = join(dataDir, 'ledger', run.id, `${number}.parquet`)
    const verdicts = await askParquet(
      path,
      'SELECT verdict, count(*)::INTEGER AS rows, count(DISTINCT "row")::INTEGER AS different FROM $file GROUP BY verdict',
    )
    const of = (verdict: string): unknown => verdicts.find((entry) => entry['verdict'] === verdict)?.['rows'] ?? 0
    for (const { rows, different } of verdicts) expect(different).toBe(rows)
    expect({ delivered: of('delivered'), rejected: of('rejected'), skipped: of('skipped'), unknown: of('unknown') }).toEqual({
      delivered: counts.delivered,
      rejected: counts.rejected,
      skipped: counts.skipped,
      unknown: counts.unknown,
    })
  }
}
