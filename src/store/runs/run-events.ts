/** Statements on the timeline of runs. */
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables> | Transaction<Tables>
export type RunEventRow = Selectable<Tables['run_event']>

/** Adds a line to the timeline, numbered from 1 within the run. */
export async function addEvent(db: Db, runId: string, event: string, detail: object = {}): Promise<void> {
  await sql`
    WITH run_row AS (SELECT id FROM run WHERE id = ${runId} FOR UPDATE)
    INSERT INTO run_event (run_id, number, event, detail)
    SELECT run_row.id, 1 + coalesce((SELECT max(number) FROM run_event WHERE run_id = ${runId}), 0), ${event}, ${JSON.stringify(detail)}::jsonb
    FROM run_row
  `.execute(db)
}

/** Lines after the given number, oldest first. */
export async function listEvents(db: Db, runId: string, after: number): Promise<RunEventRow[]> {
  return db.selectFrom('run_event').selectAll().where('run_id', '=', runId).where('number', '>', after).orderBy('number').execute()
}
