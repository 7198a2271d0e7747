/** The lease of a run: who may write about it. Only the database's clock decides (delivery.md, Leases). */
import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

/** Which claim of a run: every statement of a worker carries it. */
export interface Claim {
  readonly run: string
  readonly epoch: string
}

export type Renewal =
  /** `cameBack`: the run has deaths or tries to its account, which coming forward forgives. */
  { readonly kept: true; readonly cancelReason: string | null; readonly cameBack: boolean } | { readonly kept: false }

export interface RenewedRow {
  readonly cancel_reason: string | null
  readonly cancelled: boolean
  readonly came_back: boolean
}

/** @param forward the run comes forward with it: its deaths and tries are forgiven */
export function renewingUpdate({ run, epoch }: Claim, leaseMs: number, forward: boolean): RawBuilder<RenewedRow> {
  return sql<RenewedRow>`
    UPDATE run SET lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'${forward ? sql`, deaths = 0, tries = 0` : sql``}
    WHERE id = ${run} AND epoch = ${epoch} AND state IN ('running', 'cancelling') AND lease_until >= clock_timestamp()
    RETURNING cancel_reason, cancel_requested_at IS NOT NULL AS cancelled, deaths > 0 OR tries > 0 AS came_back
  `
}

export function renewalOf([row]: readonly RenewedRow[]): Renewal {
  if (!row) return { kept: false }
  return { kept: true, cancelReason: row.cancelled ? (row.cancel_reason ?? 'RUN_CANCELLED') : null, cameBack: row.came_back }
}

/** The first statement of every transaction of a worker. The row stays locked until its end, so that no other claim slips in. */
export async function renewLease(trx: Transaction<Tables>, claim: Claim, leaseMs: number): Promise<Renewal> {
  return renewalOf((await renewingUpdate(claim, leaseMs, false).execute(trx)).rows)
}
