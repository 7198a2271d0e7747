/** The lease of a run: who may write about it. Only the database's clock decides (delivery.md, Leases). */
import { sql, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'

/** Which claim of a run: every statement of a worker carries it. */
export interface Claim {
  readonly run: string
  readonly epoch: string
}

export type Renewal =
  /** `cameBack`: the run has deaths or tries to its account, which coming forward forgives. */
  { readonly kept: true; readonly cancelReason: string | null; readonly cameBack: boolean } | { readonly kept: false }

/** The first statement of every transaction of a worker. The row stays locked until its end, so that no other claim slips in. */
export async function renewLease(trx: Transaction<Tables>, { run, epoch }: Claim, leaseMs: number): Promise<Renewal> {
  const { rows } = await sql<{ cancel_reason: string | null; cancelled: boolean; came_back: boolean }>`
    UPDATE run SET lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    WHERE id = ${run} AND epoch = ${epoch} AND state IN ('running', 'cancelling') AND lease_until >= clock_timestamp()
    RETURNING cancel_reason, cancel_requested_at IS NOT NULL AS cancelled, deaths > 0 OR tries > 0 AS came_back
  `.execute(trx)
  const [row] = rows
  if (!row) return { kept: false }
  return { kept: true, cancelReason: row.cancelled ? (row.cancel_reason ?? 'RUN_CANCELLED') : null, cameBack: row.came_back }
}
