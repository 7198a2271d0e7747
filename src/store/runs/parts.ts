/** Statements on parts: one output file, or one batch of rows each. */
import { sql, type Kysely, type RawBuilder, type Selectable, type Transaction } from 'kysely'
import type { PartState } from '../../contract/runs.ts'
import type { Tables } from '../tables.ts'
import type { Checkpoint, NewPart, StagedFile } from './run-changes.ts'

type Db = Kysely<Tables> | Transaction<Tables>
export type PartRow = Selectable<Tables['part']>

/** Adds parts; those that are there already stay. */
export async function insertParts(trx: Transaction<Tables>, runId: string, parts: readonly NewPart[]): Promise<void> {
  if (parts.length === 0) return
  // As one value: hundreds of batches at once have more columns than a statement may have parameters.
  const given = JSON.stringify(
    parts.map((part) => ({
      id: part.id,
      stable_id: part.stableId,
      dataset: part.dataset,
      number: part.number,
      parent: part.parent,
      name: part.name,
      temporary_name: part.temporaryName,
      from_row: part.from,
      to_row: part.to,
      ordinals: part.ordinals,
      rows: part.rows,
      attempts: part.attempts,
      spent: part.spent,
      possible_duplicate: part.possibleDuplicate,
      may_have_arrived: part.mayHaveArrived,
    })),
  )
  await sql`
    INSERT INTO part (id, stable_id, run_id, dataset, number, parent, state, name, temporary_name, from_row, to_row, ordinals, rows,
      attempts, spent, possible_duplicate, may_have_arrived)
    SELECT id, stable_id, ${runId}, dataset, number, parent, 'pending', name, temporary_name, from_row, to_row,
      nullif(ordinals, 'null'::jsonb), rows, attempts, spent, possible_duplicate, may_have_arrived
    FROM jsonb_to_recordset(${given}::jsonb) AS given(id text, stable_id text, dataset int, number int, parent text, name text,
      temporary_name text, from_row bigint, to_row bigint, ordinals jsonb, rows bigint, attempts int, spent int,
      possible_duplicate boolean, may_have_arrived boolean)
    ON CONFLICT DO NOTHING
  `.execute(trx)
}

/** The files of runs that are visible. */
export async function listSentFiles(db: Db, runIds: readonly string[]): Promise<PartRow[]> {
  if (runIds.length === 0) return []
  return db
    .selectFrom('part')
    .selectAll()
    .where('run_id', 'in', runIds)
    .where('state', '=', 'sent')
    .where('name', 'is not', null)
    .orderBy('dataset')
    .orderBy('number')
    .execute()
}

/** Parts that are not settled; those that were split are, by their children. */
export async function listOpenParts(db: Db, runId: string): Promise<PartRow[]> {
  return db
    .selectFrom('part')
    .selectAll()
    .where('run_id', '=', runId)
    .where('state', 'in', ['pending', 'sending', 'staged', 'unknown', 'failed'])
    .orderBy('dataset')
    .orderBy('number')
    .orderBy('id')
    .execute()
}

/** The parts that those parts were split into. */
export async function listChildren(db: Db, runId: string, parents: readonly string[]): Promise<PartRow[]> {
  return db.selectFrom('part').selectAll().where('run_id', '=', runId).where('parent', 'in', parents).execute()
}

/** A page of parts, keyset-paged by id (UUIDv7 sorts by time). */
export async function pageParts(
  db: Db,
  runId: string,
  page: { readonly limit: number; readonly after: string | undefined; readonly state: PartState | undefined },
): Promise<PartRow[]> {
  let query = db.selectFrom('part').selectAll().where('run_id', '=', runId).orderBy('id').limit(page.limit)
  if (page.after !== undefined) query = query.where('id', '>', page.after)
  if (page.state !== undefined) query = query.where('state', '=', page.state)
  return query.execute()
}

/** What stands beside the given rows in the FROM of an update: nothing, or `renewed`, without whose row nothing is updated. */
type Guard = RawBuilder<unknown>
const unguarded: Guard = sql``

type Sending = { readonly part: string; readonly temporaryName?: string }

/**
 * The intents to send, some at once. A part that has its intent from this epoch keeps it: the attempt is the same. One that an earlier epoch
 * was sending may have arrived.
 */
export function sendingUpdate(epoch: string, parts: readonly Sending[], guard: Guard): RawBuilder<unknown> {
  const given = JSON.stringify(parts.map(({ part, temporaryName = null }) => ({ id: part, temporary_name: temporaryName })))
  return sql`
    UPDATE part SET state = 'sending', epoch = ${epoch}, attempts = attempts + 1, may_have_arrived = may_have_arrived OR part.state = 'sending',
      temporary_name = coalesce(given.temporary_name, part.temporary_name)
    FROM jsonb_to_recordset(${given}::jsonb) AS given(id text, temporary_name text)${guard}
    WHERE part.id = given.id AND ${among(parts.map(({ part }) => part))} AND NOT (part.state = 'sending' AND part.epoch = ${epoch})
  `
}

/** The checkpoints of some parts in `sending`. A part that has its checkpoint is passed over. Returns what `countsUpdate` sums. */
export function checkpointUpdate(epoch: string, checkpoints: readonly Checkpoint[], guard: Guard): RawBuilder<unknown> {
  const given = JSON.stringify(
    checkpoints.map(({ part, state, delivered, rejected, spends, possibleDuplicate, mayHaveArrived, reason, verdictFile }) => ({
      id: part,
      state,
      delivered,
      rejected,
      spends: spends ? 1 : 0,
      possible_duplicate: possibleDuplicate,
      may_have_arrived: mayHaveArrived,
      reason,
      verdict_file: verdictFile,
    })),
  )
  return sql`
    UPDATE part SET
      state = given.state, delivered = given.delivered, rejected = given.rejected, spent = spent + given.spends,
      possible_duplicate = part.possible_duplicate OR given.possible_duplicate,
      may_have_arrived = part.may_have_arrived OR given.may_have_arrived, reason = given.reason, settled_at = clock_timestamp(),
      verdict_file = coalesce(given.verdict_file, part.verdict_file)
    FROM jsonb_to_recordset(${given}::jsonb) AS given(
      id text, state text, delivered bigint, rejected bigint, spends int, possible_duplicate boolean, may_have_arrived boolean, reason text, verdict_file text)${guard}
    WHERE part.id = given.id AND ${among(checkpoints.map(({ part }) => part))} AND part.state = 'sending' AND part.epoch = ${epoch}
    RETURNING part.dataset, part.delivered, part.rejected,
      CASE WHEN part.state = 'unknown' THEN part.rows ELSE 0 END AS unknown,
      CASE WHEN part.possible_duplicate THEN part.delivered ELSE 0 END AS doubtful
  `
}

/** Said beside the join: of a join alone the planner expects a hundred rows, and reads the whole table while it has no statistics. */
function among(parts: readonly string[]): RawBuilder<boolean> {
  return sql`part.id = ANY(${parts}::text[])`
}

/** What the checkpoints of `done` mean for the counts of their datasets. */
export function countsUpdate(run: string): RawBuilder<unknown> {
  return sql`
    UPDATE run_dataset SET
      delivered = run_dataset.delivered + sums.delivered, rejected = run_dataset.rejected + sums.rejected,
      unknown = run_dataset.unknown + sums.unknown, possible_duplicate = run_dataset.possible_duplicate + sums.doubtful,
      pending = pending - sums.delivered - sums.rejected - sums.unknown
    FROM (
      SELECT dataset, sum(delivered) AS delivered, sum(rejected) AS rejected, sum(unknown) AS unknown, sum(doubtful) AS doubtful
      FROM done GROUP BY dataset
    ) AS sums
    WHERE run_id = ${run} AND run_dataset.number = sums.dataset
  `
}

export async function partsSending(trx: Transaction<Tables>, epoch: string, parts: readonly Sending[]): Promise<void> {
  await sendingUpdate(epoch, parts, unguarded).execute(trx)
}

export async function checkpointParts(
  trx: Transaction<Tables>,
  run: string,
  epoch: string,
  checkpoints: readonly Checkpoint[],
): Promise<void> {
  await sql`WITH done AS (${checkpointUpdate(epoch, checkpoints, unguarded)}) ${countsUpdate(run)}`.execute(trx)
}

/** What the extraction found out about files. */
export async function fileRendered(trx: Transaction<Tables>, { part, state, name, rows, bytes, sha256 }: StagedFile): Promise<void> {
  if (state === 'unneeded') {
    await trx.deleteFrom('part').where('id', '=', part).execute()
    return
  }
  await trx.updateTable('part').set({ state, name, rows, bytes, sha256 }).where('id', '=', part).execute()
}

/** Every byte is there, under the temporary name. */
export async function partStaged(trx: Transaction<Tables>, part: string): Promise<void> {
  await trx.updateTable('part').set({ state: 'staged' }).where('id', '=', part).where('state', '=', 'sending').execute()
}

/** The publish intent. */
export async function partPublishing(trx: Transaction<Tables>, part: string, name: string): Promise<void> {
  await trx
    .updateTable('part')
    .set({ name, publish_asked_at: sql`coalesce(publish_asked_at, clock_timestamp())` })
    .where('id', '=', part)
    .where('state', '=', 'staged')
    .execute()
}

/** It is visible under that name; its rows are delivered. */
export async function partPublished(trx: Transaction<Tables>, run: string, part: string, name: string): Promise<void> {
  await sql`
    WITH done AS (
      UPDATE part SET state = 'sent', name = ${name}, delivered = coalesce(rows, 0), published_at = clock_timestamp()
      WHERE id = ${part} AND state = 'staged'
      RETURNING dataset, delivered, CASE WHEN possible_duplicate THEN delivered ELSE 0 END AS doubtful
    )
    UPDATE run_dataset SET
      delivered = run_dataset.delivered + done.delivered, possible_duplicate = run_dataset.possible_duplicate + done.doubtful,
      pending = pending - done.delivered
    FROM done WHERE run_id = ${run} AND number = done.dataset
  `.execute(trx)
}

export async function partWithdrawn(trx: Transaction<Tables>, part: string): Promise<void> {
  await trx.updateTable('part').set({ publish_asked_at: null }).where('id', '=', part).where('state', '=', 'staged').execute()
}

/** Nobody knows what became of a file: it is sent again, and may be there twice. */
export async function partAgain(trx: Transaction<Tables>, part: string, reason: string): Promise<void> {
  await trx
    .updateTable('part')
    .set({ state: 'pending', publish_asked_at: null, possible_duplicate: true, reason })
    .where('id', '=', part)
    .where('state', '=', 'staged')
    .execute()
}

/** Nobody knows what became of a file or a batch, and the destination cannot tell. */
export async function partLost(trx: Transaction<Tables>, run: string, part: string, reason: string): Promise<void> {
  await sql`
    WITH done AS (
      UPDATE part SET state = 'unknown', reason = ${reason}, settled_at = clock_timestamp()
      WHERE id = ${part} AND state IN ('staged', 'sending') RETURNING dataset, coalesce(rows, 0) AS rows
    )
    UPDATE run_dataset SET unknown = unknown + done.rows, pending = pending - done.rows
    FROM done WHERE run_id = ${run} AND number = done.dataset
  `.execute(trx)
}

/** A part whose outcome nobody knows is sent again. */
export async function partReopened(trx: Transaction<Tables>, run: string, part: string): Promise<void> {
  await sql`
    WITH done AS (
      UPDATE part SET state = 'pending', may_have_arrived = true WHERE id = ${part} AND state = 'unknown' RETURNING dataset, coalesce(rows, 0) AS rows
    )
    UPDATE run_dataset SET unknown = unknown - done.rows, pending = pending + done.rows
    FROM done WHERE run_id = ${run} AND number = done.dataset
  `.execute(trx)
}

/** Parts that will not be sent any more are failed; those that may be there all the same are unknown, and unknown ones stay what they are. */
export async function failOpenParts(trx: Transaction<Tables>, run: string): Promise<void> {
  await sql`
    WITH done AS (
      UPDATE part SET state = 'unknown', reason = coalesce(reason, CASE WHEN name IS NULL
        THEN 'It may have arrived, and no answer says so.' ELSE 'Publishing was asked for, and nobody looked what came of it.' END)
      WHERE run_id = ${run} AND CASE WHEN name IS NULL
        THEN state = 'sending' OR (state IN ('pending', 'failed') AND may_have_arrived)
        ELSE state = 'staged' AND publish_asked_at IS NOT NULL END
      RETURNING dataset, coalesce(rows, 0) AS rows
    ), sums AS (SELECT dataset, sum(rows) AS rows FROM done GROUP BY dataset)
    UPDATE run_dataset SET unknown = unknown + sums.rows, pending = pending - sums.rows
    FROM sums WHERE run_id = ${run} AND number = sums.dataset
  `.execute(trx)
  await trx
    .updateTable('part')
    .set({ state: 'failed' })
    .where('run_id', '=', run)
    .where('state', 'in', ['pending', 'sending', 'staged'])
    .execute()
}
