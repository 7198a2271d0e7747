import { readdir } from 'node:fs/promises'
import { isId } from '../contract/ids.ts'
import { listSpoolsToRemove } from '../store/runs/runs.ts'
import type { EngineDependencies } from './dependencies.ts'
import { removeSpool } from './run-work.ts'

/** How long what was left of a run that failed or was cancelled can be retried as it was (delivery.md, Frozen input). */
const keptMs = 7 * 24 * 3_600_000

/** Removes the spools of runs that ended long ago; a later retry of one says SPOOL_EXPIRED. What cannot be removed stays for another time. */
export async function expireSpools({ store, spoolDir }: EngineDependencies): Promise<void> {
  const names = await readdir(spoolDir).catch(() => [])
  const runs = names.filter((name) => isId('run', name))
  if (runs.length === 0) return
  for (const run of await listSpoolsToRemove(store.db, runs, keptMs)) await removeSpool(spoolDir, run).catch(() => undefined)
}
