import { sql, type Kysely, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

/**
 * The newest run of an orchestration, before this one, that delivered some of its rows and left others, and that nobody has retried with success or
 * written off; null where there is none.
 */
export async function findPartialAppend(
  db: Kysely<Tables> | Transaction<Tables>,
  orchestrationId: string,
  before: string,
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    SELECT r.id FROM run r
    WHERE r.orchestration_id = ${orchestrationId} AND r.id < ${before} AND r.state IN ('failed', 'cancelled') AND r.written_off_at IS NULL
      AND EXISTS (SELECT FROM run_dataset d WHERE d.run_id = r.id AND d.delivered > 0)
      AND EXISTS (SELECT FROM run_dataset d WHERE d.run_id = r.id AND d.skipped + d.unknown > 0)
      AND NOT EXISTS (SELECT FROM run n WHERE n.retry_of = r.id AND n.state IN ('succeeded', 'succeeded_with_rejects'))
    ORDER BY r.id DESC LIMIT 1
  `.execute(db)
  return rows[0]?.id ?? null
}

/** Lets go what earlier runs of the orchestration left undelivered. */
export async function writeOffPartials(trx: Transaction<Tables>, orchestrationId: string, before: string): Promise<void> {
  await sql`
    UPDATE run SET written_off_at = clock_timestamp()
    WHERE orchestration_id = ${orchestrationId} AND id < ${before} AND state IN ('failed', 'cancelled') AND written_off_at IS NULL
  `.execute(trx)
}
