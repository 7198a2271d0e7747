/** Opens what a run or a look needs: the database through the reader, the destination through its connector. */
import type { TableInfo } from '../contract/database.ts'
import { SegueError } from '../contract/errors.ts'
import type { DestinationContext, DestinationDefinition, FileDestination, FileDestinationDefinition } from '../contract/destination.ts'
import type { ReaderSession } from '../contract/reader.ts'
import { parseFileSettings } from '../files/settings.ts'
import type { EngineDependencies } from './dependencies.ts'

/** A database or destination as it is pinned or stored. */
export interface ConnectionSpec {
  readonly type: string
  readonly credential: string | null
  readonly settings: Readonly<Record<string, unknown>>
}

/** The definition of a destination type; NOT_AVAILABLE where this version has none of that name. */
export function destinationDefinition(deps: Pick<EngineDependencies, 'registry'>, type: string): DestinationDefinition {
  const definition = deps.registry.destinations.get(type)
  if (!definition) throw new SegueError('NOT_AVAILABLE', `Destination type "${type}" is not there in this version.`)
  return definition
}

/** Throws SETTING_INVALID for settings, after layering, that a run could not use. */
export function checkSettings(definition: DestinationDefinition, settings: Readonly<Record<string, unknown>>): void {
  if (definition.kind === 'file') parseFileSettings(settings)
  else definition.limits(settings)
}

/** The definition of a type that takes files. */
export function fileDestinationDefinition(deps: Pick<EngineDependencies, 'registry'>, type: string): FileDestinationDefinition {
  const definition = destinationDefinition(deps, type)
  if (definition.kind !== 'file') throw new Error(`destination type ${type} takes no files`)
  return definition
}

async function secretsOf(deps: EngineDependencies, credential: string | null): Promise<Readonly<Record<string, string>>> {
  return credential === null ? {} : deps.objects.secretsOf(credential)
}

/** Until time limits exist a query may run for a day. */
export const deadlineMs = 24 * 60 * 60 * 1000

/** The tables of a database, as it is now. */
export async function listTables(deps: EngineDependencies, database: ConnectionSpec, signal: AbortSignal): Promise<readonly TableInfo[]> {
  const session = await openDatabase(deps, database, { outputs: [], deadlineMs, signal })
  try {
    return await session.tables()
  } finally {
    await session.close()
  }
}

/** Opens the database in a child of its own; the caller closes the session. */
export async function openDatabase(
  deps: EngineDependencies,
  database: ConnectionSpec,
  options: { readonly outputs: readonly string[]; readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<ReaderSession> {
  return deps.reader.open(
    { type: database.type, settings: database.settings, secrets: await secretsOf(deps, database.credential) },
    options,
  )
}

/** What a connector gets of the world for this destination. Secrets are the newest ones, not pinned. */
export async function destinationContext(
  deps: EngineDependencies,
  destination: ConnectionSpec & { readonly id: string },
  settings: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<DestinationContext> {
  const [secrets, remembered] = await Promise.all([secretsOf(deps, destination.credential), deps.objects.remembered(destination.id)])
  return {
    settings,
    secrets,
    net: deps.net,
    clock: deps.clock,
    signal,
    remembered,
    remember: (fact, value) => deps.objects.remember(destination.id, fact, value),
  }
}

/** Opens a destination of files (connects, signs in); the caller closes it. */
export async function openFileDestination(
  deps: EngineDependencies,
  destination: ConnectionSpec & { readonly id: string },
  settings: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<FileDestination> {
  return fileDestinationDefinition(deps, destination.type).open(await destinationContext(deps, destination, settings, signal))
}
