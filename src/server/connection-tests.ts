/** Connection tests of databases and destinations, saved ones and others. */
import type { CheckResult } from '../contract/destination.ts'
import { SegueError } from '../contract/errors.ts'
import type { RouteContext } from './api.ts'
import type { ObjectView } from '../objects/service.ts'

export type ConnectionKind = 'database' | 'destination'

/** A database or destination to be tested. Secrets are those of the credential (id or name), unless they are given here. */
export interface Connection {
  readonly kind: ConnectionKind
  readonly type: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly credential?: string | null | undefined
  readonly secrets?: Readonly<Record<string, string>> | undefined
  /** Id of the saved destination whose remembered facts (a pinned host key) count. */
  readonly savedAs?: string | undefined
}

/** Opens the connection and tells what was seen. Throws what it meets: AUTH_FAILED, DATABASE_NOT_FOUND, ... */
export async function testConnection(context: RouteContext, connection: Connection): Promise<CheckResult> {
  const { kind, type, settings, savedAs } = connection
  const secrets = connection.secrets ?? (await storedSecrets(context, connection.credential))
  if (kind === 'database') return context.engine.testDatabase({ type, settings, secrets })
  const remembered = savedAs === undefined ? {} : await context.objects.remembered(savedAs)
  return context.engine.testDestination({ type, settings, secrets, remembered })
}

/** Secret values of a credential by id or name; none where there is no credential. */
export async function storedSecrets(
  { objects }: RouteContext,
  credential: string | null | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (credential === null || credential === undefined) return {}
  return objects.secretsOf((await objects.get('credential', credential)).id)
}

/** The saved object as a connection. */
export function savedConnection(view: ObjectView<ConnectionKind>): Connection {
  const { type, settings, credential } = view.spec
  return { kind: view.kind, type, settings, credential, savedAs: view.id }
}

/** A connection test that failed, as it is told where it keeps something from being saved. */
export function withSaveAnyway(error: unknown): unknown {
  if (!(error instanceof SegueError) || error.code === 'INTERNAL') return error
  const { errors, line, column, users } = error
  return new SegueError(
    error.code,
    `${error.detail} The connection test failed and nothing was saved; "saveAnyway": true saves it without a test.`,
    {
      errors,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
      ...(users && { users }),
      cause: error,
    },
  )
}
