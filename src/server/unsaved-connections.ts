/** Connection tests of what is not saved yet. The rules of configuration are asked first, so that a wrong setting is told as such. */
import { isDeepStrictEqual } from 'node:util'
import type { CheckResult } from '../contract/destination.ts'
import { SegueError } from '../contract/errors.ts'
import { errorOf } from '../objects/faults.ts'
import type { Objects, ObjectView } from '../objects/service.ts'
import type { RouteContext } from './api.ts'
import { testConnection, withSaveAnyway, type Connection, type ConnectionKind } from './connection-tests.ts'
import type { ObjectInput } from './object-bodies.ts'

/** What a form has of a connection before it is saved; `secrets` where its credential is not saved either. */
export interface UnsavedConnection {
  readonly type: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly credential?: string | null | undefined
  readonly secrets?: Readonly<Record<string, string>> | undefined
}

/** Tests a connection that may never be saved. */
export async function testUnsaved(context: RouteContext, kind: ConnectionKind, unsaved: UnsavedConnection): Promise<CheckResult> {
  const { type, settings, credential, secrets } = unsaved
  const name = '(unsaved)'
  const document = withoutNulls({ kind, name, type, settings, credential: secrets ? name : credential })
  const credentials = secrets ? [{ kind: 'credential', name, type, secrets }] : []
  await checkRules(context, document, credentials)
  return testConnection(context, { kind, type, settings, credential, secrets })
}

/**
 * Tests what is about to be saved, where it differs from what is saved in what a connection is made of.
 * A failed test throws its own error, with the word that saves all the same.
 */
export async function testBeforeSave<K extends ConnectionKind>(
  context: RouteContext,
  kind: K,
  input: ObjectInput,
  current: ObjectView<K> | null,
): Promise<void> {
  const connects = ['type', 'settings', 'credential'].some((field) => field in input)
  if (current !== null && !connects) return
  // A name that is taken is for `create` to tell; as a plan it would read as a change of the other one.
  if (current === null && (await isTaken(context.objects, kind, input['name']))) return

  const document = documentAfterSave(kind, input, current)
  await checkRules(context, document)
  try {
    await testConnection(context, connectionOf(kind, document, current))
  } catch (error) {
    throw withSaveAnyway(error)
  }
}

async function isTaken(objects: Objects, kind: ConnectionKind, name: unknown): Promise<boolean> {
  if (typeof name !== 'string') return false
  try {
    return (await objects.get(kind, name)).name === name
  } catch (error) {
    if (error instanceof SegueError && error.code === 'NOT_FOUND') return false
    throw error
  }
}

/** The configuration document as it will be; under its old name, as a plan finds it by that. */
function documentAfterSave(kind: ConnectionKind, input: ObjectInput, current: ObjectView<ConnectionKind> | null): ObjectInput {
  const { type, settings, credential } = current?.spec ?? {}
  const merged = current === null ? { ...input, kind } : { type, settings, credential, ...input, kind, name: current.name }
  return withoutNulls(merged)
}

function withoutNulls(fields: ObjectInput): ObjectInput {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))
}

/** Asks the rules by a plan, which writes nothing. */
async function checkRules({ objects, actor }: RouteContext, document: ObjectInput, others: readonly ObjectInput[] = []): Promise<void> {
  try {
    await objects.apply(actor, [document, ...others], { commit: false, prune: false })
  } catch (error) {
    if (!(error instanceof SegueError) || error.errors.length === 0) throw error
    // The plan points into a list of documents, the sender's document is the body.
    const { code, users } = error
    throw errorOf(error.errors.map((field) => ({ code, ...field, pointer: field.pointer.replace(/^\/\d+/, ''), ...(users && { users }) })))
  }
}

/** Fields are of the right types: the rules have been asked. Facts that were learned under other settings do not count. */
function connectionOf(kind: ConnectionKind, document: ObjectInput, current: ObjectView<ConnectionKind> | null): Connection {
  const { type, settings, credential } = document
  return {
    kind,
    type: String(type),
    settings: isRecord(settings) ? settings : {},
    credential: typeof credential === 'string' ? credential : null,
    savedAs: current !== null && isDeepStrictEqual(current.spec.settings, settings) ? current.id : undefined,
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
