/** The hot path of runs of records: intents and checkpoints are written in one statement, which is one round trip and its own transaction. */
import { sql, type Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import { renewalOf, renewingUpdate, type Claim, type Renewal, type RenewedRow } from './lease.ts'
import { checkpointUpdate, countsUpdate, sendingUpdate } from './parts.ts'
import type { RunChange } from './run-changes.ts'

type Sending = Extract<RunChange, { kind: 'sending' }>
type Checkpointed = Extract<RunChange, { kind: 'checkpoint' }>

export interface Batches {
  readonly sending: readonly Sending[]
  readonly checkpoints: readonly Checkpointed[]
}

/** The changes, where they are nothing but intents and checkpoints of different parts; null where they are not: a statement updates a row once. */
export function onlyBatches(changes: readonly RunChange[]): Batches | null {
  const sending = changes.filter((change): change is Sending => change.kind === 'sending')
  const checkpoints = changes.filter((change): change is Checkpointed => change.kind === 'checkpoint')
  const parts = new Set([...sending.map(({ part }) => part), ...checkpoints.map(({ checkpoint }) => checkpoint.part)])
  return changes.length > 0 && parts.size === changes.length && sending.length + checkpoints.length === changes.length
    ? { sending, checkpoints }
    : null
}

/** Renews the lease and writes the batches; where the lease is lost, nothing is written. */
export async function commitBatches(
  db: Kysely<Tables>,
  claim: Claim,
  leaseMs: number,
  { sending, checkpoints }: Batches,
): Promise<Renewal> {
  const guard = sql`, renewed`
  const { rows } = await sql<RenewedRow>`
    WITH renewed AS (${renewingUpdate(claim, leaseMs, checkpoints.length > 0)}),
      sent AS (${sendingUpdate(claim.epoch, sending, guard)}),
      done AS (${checkpointUpdate(
        claim.epoch,
        checkpoints.map(({ checkpoint }) => checkpoint),
        guard,
      )}),
      counted AS (${countsUpdate(claim.run)})
    SELECT * FROM renewed
  `.execute(db)
  return renewalOf(rows)
}
