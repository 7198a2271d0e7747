import { SegueError } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { Actor, StoredObject } from '../contract/objects.ts'
import { parseFileSettings } from '../files/settings.ts'
import { holdObject } from '../store/objects/objects.ts'
import { findIdempotencyKey, expireIdempotencyKeys, insertIdempotencyKey, type IdempotencyRequest } from '../store/runs/idempotency-keys.ts'
import { addEvent } from '../store/runs/run-events.ts'
import { findActiveRun, findRun, insertRun, lastSuccessNow, type RunRow } from '../store/runs/runs.ts'
import type { EngineDependencies } from './dependencies.ts'
import { pinConfiguration, type PinnedRun } from './pinned-run.ts'

export interface StartRequest {
  readonly actor: Actor
  readonly orchestration: StoredObject<'orchestration'>
  readonly trigger: 'manual'
  readonly idempotency: { readonly key: string; readonly requestHash: string } | undefined
}

export type Started =
  | { readonly run: RunRow; readonly pinned: PinnedRun; readonly repeated: false }
  /** The same request came before: this is the run that it started. */
  | { readonly run: RunRow; readonly repeated: true }

/**
 * Makes a queued run with its pinned configuration. The process holds the run's lock before the run can be seen, so that nobody takes it for
 * the run of a dead process. Throws ORCHESTRATION_DISABLED, QUERY_NOT_ACTIVE, EXPORT_NOT_ACTIVE, RUN_ACTIVE, IDEMPOTENCY_MISMATCH.
 */
export async function startRun(deps: EngineDependencies, { actor, orchestration, trigger, idempotency }: StartRequest): Promise<Started> {
  const { store } = deps
  const request: IdempotencyRequest | undefined = idempotency && { actor: actor.id, route: `run ${orchestration.id}`, ...idempotency }
  const earlier = request && (await runOfEarlierRequest(deps, request))
  if (earlier) return { run: earlier, repeated: true }
  if (!orchestration.spec.enabled) throw new SegueError('ORCHESTRATION_DISABLED', `Orchestration "${orchestration.name}" is disabled.`)

  const now = deps.clock()
  const pinned = await pinConfiguration(deps.objects, orchestration, {
    now,
    lastSuccessAt: await lastSuccessNow(store.db, orchestration.id),
  })
  parseFileSettings(pinned.settings)
  const id = newId('run')
  if (!(await store.runLocks.hold(id))) throw new Error('the lock of a new run is taken')
  try {
    const run = await store.db.transaction().execute(async (trx) => {
      // Held until the commit, so that nobody deletes it while its run is being made.
      if (!(await holdObject(trx, orchestration.id)))
        throw new SegueError('NOT_FOUND', `Orchestration "${orchestration.name}" was deleted.`)
      const made = await insertRun(trx, {
        id,
        orchestrationId: orchestration.id,
        orchestrationName: orchestration.name,
        trigger,
        actor: actor.id,
        pinned,
        requestedAt: now,
      })
      if (!made) return null
      if (request) {
        await expireIdempotencyKeys(trx)
        await insertIdempotencyKey(trx, request, id)
      }
      await addEvent(trx, id, 'queued', { trigger, actor: actor.name })
      return made
    })
    if (!run) throw await activeRunError(deps, orchestration)
    return { run, pinned, repeated: false }
  } catch (error) {
    await store.runLocks.release(id)
    const sameRequest = request && (await runOfEarlierRequest(deps, request))
    if (sameRequest) return { run: sameRequest, repeated: true }
    throw error
  }
}

async function runOfEarlierRequest({ store }: EngineDependencies, request: IdempotencyRequest): Promise<RunRow | undefined> {
  const found = await findIdempotencyKey(store.db, request)
  if (!found) return undefined
  if (found.request_hash !== request.requestHash)
    throw new SegueError('IDEMPOTENCY_MISMATCH', `Key "${request.key}" came with another request before.`)
  return findRun(store.db, found.run_id)
}

async function activeRunError({ store }: EngineDependencies, orchestration: StoredObject<'orchestration'>): Promise<SegueError> {
  const active = await findActiveRun(store.db, orchestration.id)
  return new SegueError(
    'RUN_ACTIVE',
    `Run ${active?.id ?? 'of another process'} of orchestration "${orchestration.name}" is ${active?.state ?? 'active'}.`,
  )
}
