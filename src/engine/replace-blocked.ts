import type { Transaction } from 'kysely'
import type { Actor } from '../contract/objects.ts'
import { applyChanges } from '../store/runs/apply-changes.ts'
import { addEvent } from '../store/runs/run-events.ts'
import { holdRunIn, type RunRow } from '../store/runs/runs.ts'
import type { Tables } from '../store/tables.ts'
import type { EngineDependencies } from './dependencies.ts'
import { discardFiles } from './files/discard-files.ts'
import { pinnedRun } from './pinned-run.ts'
import { refused } from './run-actions.ts'
import { writeLedgers } from './write-ledgers.ts'

/**
 * Finds out what became of the files of a blocked run and removes those that are not visible; gives the end of the run, for the transaction
 * that makes the run which takes its place. ACTION_REFUSED, then, where somebody let it go on meanwhile.
 */
export async function replaceBlocked(
  deps: EngineDependencies,
  actor: Actor,
  run: RunRow,
): Promise<(trx: Transaction<Tables>) => Promise<void>> {
  const claim = { run: run.id, epoch: run.epoch }
  const { open } = await deps.runs.load(run.id)
  const settled = await discardFiles(deps, pinnedRun.parse(run.pinned), open)
  // What is known of its files is so, whatever becomes of the restart.
  await deps.store.db.transaction().execute(async (trx) => {
    if (!(await holdRunIn(trx, run.id, 'blocked'))) throw refused(run, 'restart')
    await applyChanges(trx, claim, settled)
  })
  const ledgers = await writeLedgers(deps, await deps.runs.load(run.id), 'RUN_CANCELLED')
  return async (trx) => {
    if (!(await holdRunIn(trx, run.id, 'blocked'))) throw refused(run, 'restart')
    await addEvent(trx, run.id, 'replaced', { actor: actor.name })
    await applyChanges(trx, claim, [{ kind: 'end', state: 'cancelled', reason: 'RUN_CANCELLED', error: null, ledgers }])
  }
}
