/** Everything that a working run writes about itself, in one place; each statement is repeated while the store is away. */
import type { RejectReason, RunPhase, RunProgress } from '../contract/runs.ts'
import type { ColumnInfo } from '../contract/database.ts'
import type { FileTarget } from '../contract/destination.ts'
import { newId } from '../contract/ids.ts'
import type { Store } from '../store/open-store.ts'
import { insertParts, partSending, partSent, partStaged, removePart, setPartState } from '../store/runs/parts.ts'
import { insertDatasets, setCounts, setExtracted } from '../store/runs/run-datasets.ts'
import { addEvent } from '../store/runs/run-events.ts'
import { addWarning, endRun, keepProgress, setPhase } from '../store/runs/run-progress.ts'
import { countsOf, type DatasetStanding } from './counts.ts'
import type { RunEnding } from './decide-end.ts'
import { durably } from './durably.ts'

export interface LedgerPart {
  readonly id: string
  readonly dataset: number
  readonly target: FileTarget
}

export interface RunLedger {
  warn(text: string): Promise<void>
  /** Records datasets and their parts before anything is sent. */
  plan(datasets: readonly { readonly name: string; readonly target: FileTarget }[]): Promise<readonly LedgerPart[]>
  phase(phase: RunPhase): Promise<void>
  sending(parts: readonly LedgerPart[]): Promise<void>
  extracted(part: LedgerPart, columns: readonly ColumnInfo[], rejects: readonly RejectReason[], standing: DatasetStanding): Promise<void>
  staged(
    part: LedgerPart,
    facts: { readonly name: string; readonly rows: number; readonly bytes: number; readonly sha256: string },
  ): Promise<void>
  /** The file is visible under that name. */
  sent(part: LedgerPart, name: string, standing: DatasetStanding): Promise<void>
  /** No file was wanted for an empty result. */
  notNeeded(part: LedgerPart, standing: DatasetStanding): Promise<void>
  progress(progress: RunProgress): Promise<{ readonly cancelRequested: boolean } | null>
  /** Ends the run with its counts, in one transaction. */
  end(
    ending: RunEnding,
    standings: readonly DatasetStanding[],
    parts: { readonly failed: readonly LedgerPart[]; readonly unknown: readonly LedgerPart[] },
  ): Promise<void>
}

/** The ledger of one run and epoch. */
export function openLedger(store: Store, run: string, epoch: string): RunLedger {
  const { db } = store
  const together = (work: Parameters<ReturnType<typeof db.transaction>['execute']>[0]): Promise<unknown> =>
    durably(() => db.transaction().execute(work))
  return {
    warn: (text) => durably(() => addWarning(db, run, text)),
    async plan(datasets) {
      const parts = datasets.map(({ target }, dataset) => ({ id: newId('part'), dataset, target }))
      await together(async (trx) => {
        await insertDatasets(
          trx,
          run,
          datasets.map(({ name }) => name),
        )
        await insertParts(
          trx,
          run,
          parts.map(({ id, dataset, target }) => ({ id, dataset, ...target })),
        )
        await addEvent(trx, run, 'running', { datasets: datasets.length })
      })
      return parts
    },
    async phase(phase) {
      await together(async (trx) => {
        await setPhase(trx, run, epoch, phase)
        await addEvent(trx, run, phase)
      })
    },
    async sending(parts) {
      await together(async (trx) => {
        for (const part of parts) await partSending(trx, part.id, epoch)
      })
    },
    async extracted(part, columns, rejects, standing) {
      await together(async (trx) => {
        await setExtracted(trx, run, part.dataset, { columns, rejects })
        await setCounts(trx, run, part.dataset, countsOf(standing, false))
      })
    },
    staged: (part, facts) => durably(() => partStaged(db, part.id, facts)),
    async sent(part, name, standing) {
      await together(async (trx) => {
        await partSent(trx, part.id, name)
        await setCounts(trx, run, part.dataset, countsOf(standing, false))
        await addEvent(trx, run, 'file_published', { name })
      })
    },
    async notNeeded(part, standing) {
      await together(async (trx) => {
        await removePart(trx, part.id)
        await setCounts(trx, run, part.dataset, countsOf(standing, false))
        await addEvent(trx, run, 'empty_result_skipped', { dataset: part.dataset })
      })
    },
    progress: (progress) => keepProgress(db, run, epoch, progress),
    async end(ending, standings, { failed, unknown }) {
      await together(async (trx) => {
        const ours = await endRun(trx, run, epoch, ending)
        if (!ours) return
        for (const part of failed) await setPartState(trx, part.id, 'failed')
        for (const part of unknown) await setPartState(trx, part.id, 'unknown')
        for (const [dataset, standing] of standings.entries()) await setCounts(trx, run, dataset, countsOf(standing, true))
        await addEvent(trx, run, ending.state, ending.reason === null ? {} : { reason: ending.reason })
      })
    },
  }
}
