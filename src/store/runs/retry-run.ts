/** Statements that make a run of what another one left: same configuration, same frozen input, same names and keys. */
import { sql, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

type Trx = Transaction<Tables>

/** Adds the run; false where another run of the orchestration is active. */
export async function insertRetry(
  trx: Trx,
  retry: { readonly id: string; readonly of: string; readonly what: 'left' | 'rejected'; readonly actor: string },
): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    INSERT INTO run (id, orchestration_id, orchestration_name, state, trigger, actor, retry_of, retry_what, scheduled_at, requested_at,
      pinned, destination_id, priority, frozen_at, spool)
    SELECT ${retry.id}, orchestration_id, orchestration_name, 'queued', 'retry', ${retry.actor}, id, ${retry.what}, scheduled_at, requested_at,
      pinned, destination_id, priority, frozen_at, spool
    FROM run WHERE id = ${retry.of}
    ON CONFLICT DO NOTHING RETURNING id
  `.execute(trx)
  return rows.length > 0
}

/** Copies the datasets that have something left, numbered as they were; their `queried` is what is taken over. */
export async function copyDatasets(trx: Trx, retry: { readonly id: string; readonly of: string }): Promise<void> {
  await sql`
    INSERT INTO run_dataset (run_id, number, name, queried, pending, unknown, columns, frozen, planned_to)
    SELECT ${retry.id}, number, name, CASE WHEN queried IS NULL THEN NULL ELSE skipped + unknown END, skipped, unknown, columns, frozen, planned_to
    FROM run_dataset d
    WHERE run_id = ${retry.of} AND (planned_to < (frozen ->> 'rows')::bigint AND frozen ? 'refused' OR EXISTS (
      SELECT FROM part p WHERE p.run_id = d.run_id AND p.dataset = d.number AND p.state IN ('failed', 'unknown', 'pending')))
  `.execute(trx)
}

/** Copies the parts that were left, with their keys; `ids` are the new ids by those of the old ones. Temporary files are not taken over: they were removed. */
export async function copyParts(
  trx: Trx,
  retry: { readonly id: string; readonly of: string },
  ids: readonly { readonly old: string; readonly id: string }[],
): Promise<void> {
  await sql`
    INSERT INTO part (id, stable_id, run_id, dataset, number, state, name, temporary_name, rows, bytes, sha256, from_row, to_row, ordinals,
      possible_duplicate, may_have_arrived, publish_asked_at, reason)
    SELECT given.id, stable_id, ${retry.id}, dataset, number, CASE WHEN state = 'unknown' THEN 'unknown' ELSE 'pending' END,
      name, temporary_name, rows, bytes, sha256, from_row, to_row, ordinals, possible_duplicate, may_have_arrived,
      CASE WHEN state = 'unknown' THEN publish_asked_at END, reason
    FROM part JOIN jsonb_to_recordset(${JSON.stringify(ids)}::jsonb) AS given(old text, id text) ON given.old = part.id
    WHERE run_id = ${retry.of} AND state IN ('failed', 'unknown', 'pending')
  `.execute(trx)
}

/** The input of the retry is not frozen: it is asked for again. */
export async function thawRetry(trx: Trx, id: string): Promise<void> {
  await trx.updateTable('run').set({ frozen_at: null, spool: null }).where('id', '=', id).execute()
}
