import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Exchange } from '../../contract/destination.ts'
import { spoolName } from '../run-work.ts'
import type { RejectedByDestination } from './decide-attempt.ts'
import type { RecordPart } from './record-part.ts'

/** Where the verdicts of one attempt are kept, relative to the spool directory: of each epoch apart, so that a late one overwrites nothing. */
export function verdictFileName(run: string, epoch: string, part: RecordPart): string {
  return `${spoolName(run, epoch)}/verdicts/${part.id}-${part.attempts + 1}.ndjson`
}

/** What an attempt said of rows that were not taken. */
export interface Verdicts {
  readonly part: RecordPart
  readonly rejected: readonly RejectedByDestination[]
  readonly exchange: Exchange | null
  /** ISO 8601 in UTC. */
  readonly at: string
}

/** Keeps, durably, why rows of an attempt were rejected, and what was said: read again by the ledger (`LedgerRequest` in contract/reader.ts). */
export async function writeVerdicts(spoolDir: string, name: string, { part, rejected, exchange, at }: Verdicts): Promise<void> {
  const common = { part: part.id, attempt: part.attempts + 1 }
  const lines: object[] = rejected.map(({ row, code, reason }) => ({ row, verdict: 'rejected', code, reason, ...common, at }))
  if (exchange !== null) lines.push({ ...common, request: exchange.request, answer: exchange.answer })
  const path = join(spoolDir, name)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await using file = await open(path, 'w', 0o600)
  await file.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await file.sync()
}
