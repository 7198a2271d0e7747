/** Statements on the datasets of runs: names, counts, reasons of rejection, what was frozen. */
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'
import type { DatasetLedger, FrozenFacts } from './run-changes.ts'

type Db = Kysely<Tables> | Transaction<Tables>
export type RunDatasetRow = Selectable<Tables['run_dataset']>

/** The datasets of a run whose input is not frozen; those of an earlier epoch are forgotten, with their parts. */
export async function replaceDatasets(trx: Transaction<Tables>, runId: string, names: readonly string[]): Promise<void> {
  await trx.deleteFrom('run_dataset').where('run_id', '=', runId).execute()
  await trx
    .insertInto('run_dataset')
    .values(names.map((name, number) => ({ run_id: runId, number, name })))
    .execute()
}

export async function listDatasets(db: Db, runIds: readonly string[]): Promise<RunDatasetRow[]> {
  if (runIds.length === 0) return []
  return db.selectFrom('run_dataset').selectAll().where('run_id', 'in', runIds).orderBy('run_id').orderBy('number').execute()
}

/** Keeps what the extraction found out: what was frozen, the columns, the rows that were refused by reason; the others are pending. */
export async function datasetFrozen(trx: Transaction<Tables>, runId: string, facts: FrozenFacts): Promise<void> {
  const { dataset, frozen, columns, rejects, queried, rejected } = facts
  await trx
    .updateTable('run_dataset')
    .set({
      frozen: JSON.stringify(frozen),
      columns: JSON.stringify(columns),
      rejects: JSON.stringify(rejects),
      queried,
      rejected,
      pending: queried - rejected,
    })
    .where('run_id', '=', runId)
    .where('number', '=', dataset)
    .where('frozen', 'is', null)
    .execute()
}

/** As before the extraction. */
export async function datasetsThawed(trx: Transaction<Tables>, runId: string): Promise<void> {
  await trx.deleteFrom('run_dataset').where('run_id', '=', runId).execute()
}

/** Rows before this ordinal have parts. */
export async function setPlannedTo(trx: Transaction<Tables>, runId: string, dataset: number, plannedTo: number): Promise<void> {
  await trx.updateTable('run_dataset').set({ planned_to: plannedTo }).where('run_id', '=', runId).where('number', '=', dataset).execute()
}

export async function setLedger(
  trx: Transaction<Tables>,
  runId: string,
  { dataset, ledger, rejectedRows, rejects }: DatasetLedger,
): Promise<void> {
  await trx
    .updateTable('run_dataset')
    .set({ ledger, rejected_rows: rejectedRows, ...(rejects && { rejects: JSON.stringify(rejects) }) })
    .where('run_id', '=', runId)
    .where('number', '=', dataset)
    .execute()
}

/** In a final run nothing is pending: what was not delivered was skipped. */
export async function skipPending(trx: Transaction<Tables>, runId: string): Promise<void> {
  await trx
    .updateTable('run_dataset')
    .set({ skipped: sql`skipped + pending`, pending: 0 })
    .where('run_id', '=', runId)
    .execute()
}
