/** Statements on the timeline of runs. */
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables> | Transaction<Tables>
export type RunEventRow = Selectable<Tables['run_event']>

/**
 * Adds a line to the timeline, numbered from 1 within the run. Two statements: the second must see what was added while the first waited for
 * the run's row, and a statement sees nothing that was committed after it began.
 */
export async function addEvent(db: Db, runId: string, event: string, detail: object = {}): Promise<void> {
  if (!db.isTransaction) return db.transaction().execute((trx) => addEvent(trx, runId, event, detail))
  await holdRun(db, runId)
  await insertEvent(db, runId, event, detail)
}

async function holdRun(db: Db, runId: string): Promise<void> {
  await db.selectFrom('run').select('id').where('id', '=', runId).forUpdate().execute()
}

async function insertEvent(db: Db, runId: string, event: string, detail: object): Promise<void> {
  await sql`
    INSERT INTO run_event (run_id, number, event, detail)
    SELECT id, 1 + coalesce((SELECT max(number) FROM run_event WHERE run_id = ${runId}), 0), ${event}, ${JSON.stringify(detail)}::jsonb
    FROM run WHERE id = ${runId}
  `.execute(db)
}

/** Lines after the given number, oldest first. */
export async function listEvents(db: Db, runId: string, after: number): Promise<RunEventRow[]> {
  return db.selectFrom('run_event').selectAll().where('run_id', '=', runId).where('number', '>', after).orderBy('number').execute()
}
