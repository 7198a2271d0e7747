import type { RecordDestination, RecordDestinationDefinition, RecordLimits } from '../../contract/destination.ts'
import { destinationContext } from '../connections.ts'
import type { PinnedRun } from '../pinned-run.ts'
import type { RunWork } from '../run-work.ts'
import type { Pace } from './pace.ts'

/** A run that delivers records. */
export interface RecordWork extends RunWork {
  readonly definition: RecordDestinationDefinition
  readonly limits: RecordLimits
}

/** A record destination that is open, and how fast it may be asked. */
export interface Connection {
  readonly destination: RecordDestination
  readonly pace: Pace
}

/**
 * How rows are cut and sent: what the type says, and what the destination's `limits` say. They set how many requests go at once; of two rates the
 * slower one holds.
 */
export function recordLimits(definition: RecordDestinationDefinition, pinned: PinnedRun, mostRequestMs: number): RecordLimits {
  const own = definition.limits(pinned.settings)
  const { parallel = own.parallel, requestsPerSecond } = pinned.destination.limits
  return {
    ...own,
    parallel,
    requestsPerSecond: least(own.requestsPerSecond, requestsPerSecond ?? null),
    requestMs: Math.min(own.requestMs, mostRequestMs),
  }
}

function least(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}

/** Opens the destination and joins its pace; both end with the run's work. */
export async function connect({ deps, pinned, lease, open, definition, limits }: RecordWork): Promise<Connection> {
  const context = await destinationContext(deps, pinned.destination, pinned.settings, lease.signal)
  const destination = await definition.open(context)
  open.defer(() => destination.close().catch(() => undefined))
  const pace = deps.paces.paceOf(pinned.destination.id, limits)
  open.defer(() => pace.close())
  return { destination, pace }
}
