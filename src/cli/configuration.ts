/** From files to what the API takes, and from its errors back to the places in the files. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { SegueError } from '../contract/errors.ts'
import type { FieldError } from '../contract/errors.ts'
import { readConfigurationFiles } from './configuration-files.ts'
import { referenceError, resolveSecrets } from './secret-references.ts'
import type { ReferenceFailure } from './secret-references.ts'
import type { YamlDocument } from './yaml-documents.ts'

/** Names of the settings that are paths, by kind of object and type: `database` / `duckdb`. */
export type PathSettings = (kind: string, type: string) => ReadonlySet<string>

export interface Configuration {
  readonly documents: readonly unknown[]
  /** An error of the API with the file, line and column of each field at fault; other errors as they are. */
  placed(error: unknown): unknown
}

/**
 * Reads the files that are named, with references resolved and relative paths made whole.
 * @throws SegueError as `readConfigurationFiles` does; ENVIRONMENT_MISSING, FILE_UNREADABLE, INVALID with every place
 */
export async function readConfiguration(
  named: readonly string[],
  pathSettings: PathSettings,
  world: { cwd: string; stdin: Readable; env: Readonly<Record<string, string | undefined>> },
): Promise<Configuration> {
  const files = await readConfigurationFiles(named, world)
  const read: YamlDocument[] = []
  const documents: unknown[] = []
  const failures: ReferenceFailure[] = []
  for (const file of files) {
    for (const document of file.documents) {
      const resolved = await resolveSecrets(document.value, { env: world.env, folder: file.folder, readFile: readText })
      failures.push(...resolved.failures.map((failure) => ({ ...failure, pointer: `/${read.length}${failure.pointer}` })))
      documents.push(withWholePaths(resolved.document, pathSettings, file.folder))
      read.push(document)
    }
  }
  const placed = (error: unknown): unknown => (error instanceof SegueError ? withPlaces(error, read) : error)
  const [first, ...others] = failures
  if (first) throw placed(referenceError([first, ...others]))
  return { documents, placed }
}

async function readText(path: string): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
}

function withWholePaths(document: unknown, pathSettings: PathSettings, folder: string): unknown {
  if (!isRecord(document) || !isRecord(document['settings'])) return document
  const paths = pathSettings(String(document['kind']), String(document['type']))
  const settings = Object.entries(document['settings']).map(([name, value]) => [
    name,
    paths.has(name) && typeof value === 'string' && value !== '' ? resolve(folder, value) : value,
  ])
  return { ...document, settings: Object.fromEntries(settings) }
}

function withPlaces(error: SegueError, documents: readonly YamlDocument[]): SegueError {
  return new SegueError(error.code, error.detail, {
    errors: error.errors.map((field) => placedField(field, documents)),
    ...(error.line !== undefined && { line: error.line }),
    ...(error.column !== undefined && { column: error.column }),
    ...(error.users && { users: error.users }),
    cause: error,
  })
}

/** The field's place; where the field is not there, that of what it should be in. */
function placedField(field: FieldError, documents: readonly YamlDocument[]): FieldError {
  const match = /^\/(\d+)(\/.*)?$/.exec(field.pointer)
  const document = documents[Number(match?.[1])]
  if (!document) return field
  let pointer = match?.[2] ?? ''
  while (pointer !== '' && !document.places.has(pointer)) pointer = pointer.slice(0, pointer.lastIndexOf('/'))
  return { ...field, ...(document.places.get(pointer) ?? document.start) }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
