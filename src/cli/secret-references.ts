/** `${env:NAME}` and `${file:PATH}` in the `secrets:` of a credential: resolved here, by the command that applies, never by a server. */
import { resolve } from 'node:path'
import { SegueError } from '../contract/errors.ts'
import type { ErrorCode, FieldError } from '../contract/errors.ts'
import type { SecretValue } from '../contract/documents.ts'
import { pointerSegment } from './yaml-documents.ts'

/** The world that references are resolved in. */
export interface ReferenceWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folder that relative paths are relative to. */
  readonly folder: string
  readFile(path: string): Promise<string>
}

/** A reference that cannot be resolved; the code says what kind. */
export interface ReferenceFailure extends FieldError {
  readonly code: Extract<ErrorCode, 'ENVIRONMENT_MISSING' | 'FILE_UNREADABLE' | 'INVALID'>
}

const whole = /^\$\{(?<kind>env|file):(?<name>[^}]+)\}$/
const anywhere = /\$\{(?:env|file):[^}]*\}/

/**
 * A document whose secrets carry their values, with the text of the reference beside each; other documents come back as they are.
 * A file's reference is kept with its whole path, so that what `segue export` writes can be applied from any folder.
 */
export async function resolveSecrets(
  document: unknown,
  world: ReferenceWorld,
): Promise<{ document: unknown; failures: ReferenceFailure[] }> {
  if (!isRecord(document)) return { document, failures: [] }
  const failures = misplacedReferences(document['settings'], '/settings')
  if (!isRecord(document['secrets'])) return { document, failures }

  const secrets: Record<string, unknown> = {}
  for (const [field, written] of Object.entries(document['secrets'])) {
    const resolved = typeof written === 'string' ? await resolveReference(written, world) : { value: written }
    if ('failure' in resolved) failures.push({ pointer: `/secrets/${pointerSegment(field)}`, ...resolved.failure })
    else secrets[field] = resolved.value
  }
  return { document: { ...document, secrets }, failures }
}

/** The error that names every reference that failed; its code is that of the first. */
export function referenceError(failures: readonly [ReferenceFailure, ...ReferenceFailure[]]): SegueError {
  const errors = failures.map(({ code: _code, ...field }) => field)
  return new SegueError(failures[0].code, failures[0].message, { errors })
}

type Resolved = { readonly value: unknown } | { readonly failure: Omit<ReferenceFailure, 'pointer'> }

async function resolveReference(written: string, world: ReferenceWorld): Promise<Resolved> {
  const reference = whole.exec(written)?.groups
  if (!reference) {
    if (!anywhere.test(written)) return { value: written }
    return failed('INVALID', 'a reference such as ${env:NAME} must be the whole value')
  }
  const name = reference['name'] ?? ''
  return reference['kind'] === 'env' ? fromEnvironment(name, written, world) : fromFile(name, world)
}

function fromEnvironment(name: string, reference: string, world: ReferenceWorld): Resolved {
  const value = world.env[name]
  if (value === undefined) return failed('ENVIRONMENT_MISSING', `the environment variable ${name} is not set`)
  // What a build system sets where a secret is missing; no secret is empty.
  if (value === '') return failed('ENVIRONMENT_MISSING', `the environment variable ${name} is empty`)
  return secret(value, reference)
}

async function fromFile(name: string, world: ReferenceWorld): Promise<Resolved> {
  const path = resolve(world.folder, name)
  try {
    const text = await world.readFile(path)
    // Editors end a file with a line end; no password does.
    return secret(text.replace(/\r?\n$/, ''), `\${file:${path}}`)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it is not text'
    return failed('FILE_UNREADABLE', `${path} cannot be read (${reason})`)
  }
}

function secret(value: string, reference: string): Resolved {
  return { value: { value, reference } satisfies SecretValue }
}

function failed(code: ReferenceFailure['code'], message: string): Resolved {
  return { failure: { code, message } }
}

/** References that stand where they would be taken as plain text, and end up in a path or a host name. */
function misplacedReferences(value: unknown, pointer: string): ReferenceFailure[] {
  if (typeof value === 'string') {
    return anywhere.test(value) ? [{ code: 'INVALID', pointer, message: 'references are resolved in `secrets` only' }] : []
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => misplacedReferences(inner, `${pointer}/${pointerSegment(key)}`))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
