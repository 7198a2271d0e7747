/** Runs for tests of the queue and of what workers write, made straight in the store: nobody works on them. */
import { sql } from 'kysely'
import { newId } from '../../src/contract/ids.ts'
import { enterQueue } from '../../src/store/runs/claim.ts'
import type { Claim } from '../../src/store/runs/lease.ts'
import type { Store } from '../../src/store/open-store.ts'

export async function makeDestination({ db }: Store, runs = 2): Promise<string> {
  const id = newId('destination')
  await sql`INSERT INTO object (id, kind, name, spec) VALUES (${id}, 'destination', ${id}, '{}')`.execute(db)
  await db.transaction().execute((trx) => enterQueue(trx, id, runs))
  return id
}

export interface QueuedRun {
  readonly id: string
  readonly orchestration: string
}

/** A queued run of an orchestration of its own, or of a given one. */
export async function makeRun(
  { db }: Store,
  destination: string,
  given: { readonly orchestration?: string; readonly priority?: number; readonly waits?: boolean } = {},
): Promise<QueuedRun> {
  const orchestration = given.orchestration ?? newId('orchestration')
  await sql`INSERT INTO object (id, kind, name, spec) VALUES (${orchestration}, 'orchestration', ${orchestration}, '{}') ON CONFLICT DO NOTHING`.execute(
    db,
  )
  const id = newId('run')
  await sql`
    INSERT INTO run (id, orchestration_id, orchestration_name, state, trigger, actor, pinned, destination_id, priority, waits)
    VALUES (${id}, ${orchestration}, 'o', 'queued', 'manual', 'owner', '{}', ${destination}, ${given.priority ?? 0}, ${given.waits ?? false})
  `.execute(db)
  return { id, orchestration }
}

/** Ends the lease of a run as if its time had passed. */
export async function endLease({ db }: Store, run: string): Promise<void> {
  await sql`UPDATE run SET lease_until = clock_timestamp() - interval '1 second' WHERE id = ${run}`.execute(db)
}

/** Everything that the store has about a run, but its lease. */
export async function stateOf({ db }: Store, { run }: Pick<Claim, 'run'>): Promise<unknown> {
  const { rows } = await sql<{ state: unknown }>`
    SELECT jsonb_build_object(
      'run', to_jsonb(r) - 'lease_until' - 'not_before' - 'decide_until' - 'ended_at',
      'datasets', (SELECT jsonb_agg(to_jsonb(d) ORDER BY number) FROM run_dataset d WHERE d.run_id = r.id),
      'parts', (SELECT jsonb_agg(to_jsonb(p) - 'settled_at' - 'published_at' ORDER BY p.id) FROM part p WHERE p.run_id = r.id)
    ) AS state FROM run r WHERE id = ${run}
  `.execute(db)
  return rows[0]?.state
}
