import type { Transaction } from 'kysely'
import { SegueError } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { Actor, StoredObject } from '../contract/objects.ts'
import { holdObject } from '../store/objects/objects.ts'
import { addEvent } from '../store/runs/run-events.ts'
import { enterQueue } from '../store/runs/claim.ts'
import { notifyQueue } from '../store/runs/notify-queue.ts'
import { findActiveRun, insertRun, isAbandoned, lastSuccessNow, type RunRow } from '../store/runs/runs.ts'
import type { Tables } from '../store/tables.ts'
import type { EngineDependencies } from './dependencies.ts'
import { checkSettings, destinationDefinition } from './connections.ts'
import { once, type KeepKey } from './once.ts'
import { pinConfiguration } from './pinned-run.ts'
import type { Idempotency } from './service.ts'

export interface StartRequest {
  readonly actor: Actor
  readonly orchestration: StoredObject<'orchestration'>
  readonly trigger: 'manual'
  /** What an idempotency key counts for. */
  readonly route: string
  /** Where a run is active, wait behind it. */
  readonly queue: boolean
  /** This process takes over runs of the orchestration that nobody works on. */
  readonly recovers: boolean
  /** What is to be done first, in the same transaction: the end of the run whose place it takes. */
  readonly before?: (trx: Transaction<Tables>) => Promise<void>
  readonly idempotency: Idempotency | undefined
}

/**
 * Makes a queued run with its pinned configuration; whoever has a slot takes it. The same idempotency key gives the run that it gave first.
 * Throws ORCHESTRATION_DISABLED, QUERY_NOT_ACTIVE, EXPORT_NOT_ACTIVE, RUN_ACTIVE, RUN_WAITING, IDEMPOTENCY_MISMATCH.
 */
export async function startRun(deps: EngineDependencies, start: StartRequest): Promise<RunRow> {
  const { actor, idempotency, route } = start
  return once(deps.store, idempotency && { actor: actor.id, route, ...idempotency }, (keep) => makeRun(deps, start, keep))
}

async function makeRun(deps: EngineDependencies, start: StartRequest, keep: KeepKey): Promise<RunRow> {
  const { store } = deps
  const { actor, orchestration, trigger } = start
  if (!orchestration.spec.enabled) throw new SegueError('ORCHESTRATION_DISABLED', `Orchestration "${orchestration.name}" is disabled.`)
  const now = deps.clock()
  const pinned = await pinConfiguration(deps.objects, orchestration, {
    now,
    lastSuccessAt: await lastSuccessNow(store.db, orchestration.id),
  })
  const definition = destinationDefinition(deps, pinned.destination.type)
  checkSettings(definition, pinned.settings)
  const id = newId('run')
  const insert = (waits: boolean): Promise<RunRow | null> =>
    store.db.transaction().execute(async (trx) => {
      // Held until the commit, so that nobody deletes it while its run is being made.
      if (!(await holdObject(trx, orchestration.id)))
        throw new SegueError('NOT_FOUND', `Orchestration "${orchestration.name}" was deleted.`)
      await start.before?.(trx)
      await enterQueue(trx, pinned.destination.id, definition.capabilities.runs)
      const made = await insertRun(trx, {
        id,
        orchestrationId: orchestration.id,
        orchestrationName: orchestration.name,
        trigger,
        actor: actor.id,
        pinned,
        requestedAt: now,
        destinationId: pinned.destination.id,
        priority: pinned.priority,
        waits,
      })
      // What was done before it is undone with it.
      if (!made && start.before) throw await activeRunError(deps, orchestration, true)
      if (!made) return null
      await keep(trx, id)
      await addEvent(trx, id, 'queued', { trigger, actor: actor.name })
      await notifyQueue(trx)
      return made
    })
  const made = (await insert(false)) ?? ((await mayWait(deps, start)) ? await insert(true) : null)
  if (made) return made
  throw await activeRunError(deps, orchestration, start.queue)
}

/** Behind the active run: where that is asked for, and where nobody works on the active one, which this worker then takes first. */
async function mayWait({ store, timings }: EngineDependencies, { orchestration, queue, recovers }: StartRequest): Promise<boolean> {
  if (queue) return true
  const active = recovers ? await findActiveRun(store.db, orchestration.id) : undefined
  return active !== undefined && isAbandoned(store.db, active.id, timings.leaseMs)
}

async function activeRunError(
  { store }: EngineDependencies,
  orchestration: StoredObject<'orchestration'>,
  queue: boolean,
): Promise<SegueError> {
  const active = await findActiveRun(store.db, orchestration.id)
  const state = `Run ${active?.id ?? 'of another process'} of orchestration "${orchestration.name}" is ${active?.state ?? 'active'}`
  return queue ? new SegueError('RUN_WAITING', `${state}, and another one waits behind it.`) : new SegueError('RUN_ACTIVE', `${state}.`)
}
