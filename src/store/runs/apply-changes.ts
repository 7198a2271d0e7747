/** The one writer of working runs: applies changes in their order, within a transaction that has renewed the lease. */
import { sql, type Transaction } from 'kysely'
import type { Tables } from '../tables.ts'
import { endRun } from './end-run.ts'
import type { Claim } from './lease.ts'
import {
  checkpointParts,
  fileRendered,
  insertParts,
  partAgain,
  partLost,
  partPublished,
  partPublishing,
  partReopened,
  partsSending,
  partStaged,
  partWithdrawn,
} from './parts.ts'
import type { RunChange } from './run-changes.ts'
import { datasetFrozen, datasetsThawed, replaceDatasets, setLedger, setPlannedTo } from './run-datasets.ts'
import { addEvent } from './run-events.ts'

type Kind = RunChange['kind']
type Change<K extends Kind> = Extract<RunChange, { kind: K }>

/** Neighbours of these kinds go together in one statement. */
const together: ReadonlySet<Kind> = new Set(['sending', 'checkpoint'])

/** A run that does one of these comes forward: it is no poison, however often its workers died before. */
const forward: ReadonlySet<Kind> = new Set(['frozen', 'staged', 'published', 'checkpoint'])

/** @param cameBack the run has deaths or tries to its account, as far as is known */
export async function applyChanges(trx: Transaction<Tables>, claim: Claim, changes: readonly RunChange[], cameBack = true): Promise<void> {
  // Before the rest: what leaves the run says how many tries count from then on.
  if (cameBack && changes.some(({ kind }) => forward.has(kind))) await forgetDeaths(trx, claim.run)
  for (const group of grouped(changes)) {
    const [first] = group
    if (first?.kind === 'sending') await partsSending(trx, claim.epoch, group as readonly Change<'sending'>[])
    else if (first?.kind === 'checkpoint') await applyCheckpoints(trx, claim, group as readonly Change<'checkpoint'>[])
    else if (first) await applyOne(trx, claim, first)
  }
}

/** Neighbours of one kind that may go together; every other change alone. */
export function grouped(changes: readonly RunChange[]): RunChange[][] {
  const groups: RunChange[][] = []
  for (const change of changes) {
    const last = groups.at(-1)
    if (last?.[0]?.kind === change.kind && together.has(change.kind)) last.push(change)
    else groups.push([change])
  }
  return groups
}

async function applyCheckpoints(trx: Transaction<Tables>, { run, epoch }: Claim, changes: readonly Change<'checkpoint'>[]): Promise<void> {
  await checkpointParts(
    trx,
    run,
    epoch,
    changes.map(({ checkpoint }) => checkpoint),
  )
}

async function applyOne(trx: Transaction<Tables>, { run }: Claim, change: RunChange): Promise<void> {
  switch (change.kind) {
    case 'progress':
      await trx
        .updateTable('run')
        .set({ progress: JSON.stringify(change.progress) })
        .where('id', '=', run)
        .execute()
      return
    case 'phase':
      await trx.updateTable('run').set({ phase: change.phase }).where('id', '=', run).execute()
      return addEvent(trx, run, change.phase)
    case 'event':
      return addEvent(trx, run, change.event, change.detail)
    case 'warning':
      return addWarning(trx, run, change.text)
    case 'plan':
      await replaceDatasets(trx, run, change.datasets)
      return insertParts(trx, run, change.parts)
    case 'frozen':
      return applyFrozen(trx, run, change)
    case 'thawed':
      await datasetsThawed(trx, run)
      await trx.updateTable('run').set({ frozen_at: null, spool: null, phase: 'extracting' }).where('id', '=', run).execute()
      return
    case 'parts':
      await insertParts(trx, run, change.parts)
      if (change.plannedTo !== null) await setPlannedTo(trx, run, change.dataset, change.plannedTo)
      return
    case 'staged':
      return partStaged(trx, change.part)
    case 'publishing':
      return partPublishing(trx, change.part, change.name)
    case 'published':
      await partPublished(trx, run, change.part, change.name)
      return addEvent(trx, run, 'file_published', { name: change.name })
    case 'withdrawn':
      return partWithdrawn(trx, change.part)
    case 'lost':
      return change.resend ? partAgain(trx, change.part, change.reason) : partLost(trx, run, change.part, change.reason)
    case 'reopened':
      return partReopened(trx, run, change.part)
    case 'leave':
      return applyLeave(trx, run, change)
    case 'end':
      for (const ledger of change.ledgers ?? []) await setLedger(trx, run, ledger)
      await endRun(trx, run, change)
      return
    case 'sending':
    case 'checkpoint':
      throw new Error(`a change of kind ${change.kind} goes in a group`)
  }
}

async function applyFrozen(trx: Transaction<Tables>, run: string, change: Change<'frozen'>): Promise<void> {
  for (const facts of change.datasets) await datasetFrozen(trx, run, facts)
  for (const file of change.files) await fileRendered(trx, file)
  await trx
    .updateTable('run')
    .set({ frozen_at: sql`coalesce(frozen_at, clock_timestamp())`, spool: change.spool })
    .where('id', '=', run)
    .execute()
}

/** The run is nobody's from here on. */
async function applyLeave(trx: Transaction<Tables>, run: string, change: Change<'leave'>): Promise<void> {
  await trx
    .updateTable('run')
    .set({
      state: change.state,
      reason: change.reason,
      error: change.error && JSON.stringify(change.error),
      tries: change.tries,
      owner: null,
      lease_until: null,
      progress: null,
      not_before: sql`clock_timestamp() + ${change.afterMs} * interval '1 millisecond'`,
      decide_until: change.decideWithinMs === null ? null : sql`clock_timestamp() + ${change.decideWithinMs} * interval '1 millisecond'`,
    })
    .where('id', '=', run)
    .execute()
  await addEvent(trx, run, change.state, change.reason === null ? {} : { reason: change.reason })
}

async function forgetDeaths(trx: Transaction<Tables>, run: string): Promise<void> {
  await sql`UPDATE run SET deaths = 0, tries = 0 WHERE id = ${run} AND (deaths > 0 OR tries > 0)`.execute(trx)
}

/** A warning that is there already is not said twice. */
async function addWarning(trx: Transaction<Tables>, run: string, warning: string): Promise<void> {
  const text = JSON.stringify([warning])
  await trx
    .updateTable('run')
    .set({ warnings: sql`CASE WHEN warnings @> ${text}::jsonb THEN warnings ELSE warnings || ${text}::jsonb END` })
    .where('id', '=', run)
    .execute()
}
