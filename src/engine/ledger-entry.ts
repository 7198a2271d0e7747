/** What a settled, or given up, part means for the ledger: decided from what the store says of it, for the run that ends now. */
import type { PartRow } from '../store/runs/parts.ts'

export interface LedgerEntry {
  readonly verdict: 'delivered' | 'skipped' | 'unknown'
  readonly code: string | null
  readonly reason: string | null
  readonly part: string
  readonly attempt: number
  /** ISO 8601 in UTC; null where nothing was tried, or nothing came of it. */
  readonly at: string | null
}

/** @param otherwise the code of what was not tried */
export function ledgerEntryOf(part: PartRow, otherwise: string): LedgerEntry {
  const at = (part.published_at ?? part.settled_at)?.toISOString() ?? null
  const common = { part: part.id, attempt: part.attempts, at }
  const doubt = part.possible_duplicate ? 'It may be there twice: an earlier attempt may have arrived.' : null
  if (part.state === 'sent' || part.state === 'split') return { verdict: 'delivered', code: null, reason: doubt, ...common }
  // As `failOpenParts` will have it.
  const isBatch = part.name === null
  const isUnknown =
    part.state === 'unknown' ||
    (isBatch ? part.state === 'sending' || part.may_have_arrived : part.state === 'staged' && part.publish_asked_at !== null)
  if (isUnknown) return { verdict: 'unknown', code: 'OUTCOME_UNKNOWN', reason: part.reason, ...common }
  return { verdict: 'skipped', code: otherwise, reason: part.reason, ...common }
}
