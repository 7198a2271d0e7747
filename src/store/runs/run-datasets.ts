/** Statements on the datasets of runs: names, counts, reasons of rejection. */
import type { Kysely, Selectable, Transaction } from 'kysely'
import type { ColumnInfo } from '../../contract/database.ts'
import type { RejectReason } from '../../contract/runs.ts'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables> | Transaction<Tables>
export type RunDatasetRow = Selectable<Tables['run_dataset']>

export async function insertDatasets(db: Db, runId: string, names: readonly string[]): Promise<void> {
  await db
    .insertInto('run_dataset')
    .values(names.map((name, number) => ({ run_id: runId, number, name })))
    .execute()
}

export async function listDatasets(db: Db, runIds: readonly string[]): Promise<RunDatasetRow[]> {
  if (runIds.length === 0) return []
  return db.selectFrom('run_dataset').selectAll().where('run_id', 'in', runIds).orderBy('run_id').orderBy('number').execute()
}

export interface DatasetCounts {
  readonly queried: number | null
  readonly delivered: number
  readonly rejected: number
  readonly skipped: number
  readonly unknown: number
  readonly pending: number
}

/** Sets the counts of a dataset; all of them, so that they always add up. */
export async function setCounts(db: Db, runId: string, number: number, counts: DatasetCounts): Promise<void> {
  await db.updateTable('run_dataset').set(counts).where('run_id', '=', runId).where('number', '=', number).execute()
}

/** Keeps what the extraction found out: the columns, and the rows that were refused, by reason. */
export async function setExtracted(
  db: Db,
  runId: string,
  number: number,
  extracted: { columns: readonly ColumnInfo[]; rejects: readonly RejectReason[] },
): Promise<void> {
  await db
    .updateTable('run_dataset')
    .set({ columns: JSON.stringify(extracted.columns), rejects: JSON.stringify(extracted.rejects) })
    .where('run_id', '=', runId)
    .where('number', '=', number)
    .execute()
}
