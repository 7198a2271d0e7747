/** Differences between what is and what shall be, field by field, for people and programs. */
import { isDeepStrictEqual } from 'node:util'
import type { ConfigurationChange } from '../contract/documents.ts'
import type { Picture } from './configured.ts'
import type { DesiredObject, Edit } from './edits.ts'
import { printedDocument } from './printed-documents.ts'
import type { StoredObject } from '../contract/objects.ts'

type FieldChange = ConfigurationChange['fields'][number]

const shownSecret = '[secret]'

/** The fields of a document by dotted path; lists are one value. */
function flattened(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]]
  const fields = Object.entries(value)
  if (fields.length === 0) return [[path, value]]
  return fields.flatMap(([name, inner]) => flattened(inner, path === '' ? name : `${path}.${name}`))
}

function fieldChanges(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): FieldChange[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths]
    .filter((path) => !isDeepStrictEqual(before.get(path), after.get(path)))
    .map((path) => ({ path, ...(before.has(path) && { before: before.get(path) }), ...(after.has(path) && { after: after.get(path) }) }))
}

/** Secrets that change; their values are never shown. */
function secretFields({ before, secrets }: Edit, had: ReadonlySet<string>): FieldChange[] {
  const set = [...secrets.set.keys()].map((field) => ({
    path: `secrets.${field}`,
    ...(before && had.has(field) && { before: shownSecret }),
    after: shownSecret,
  }))
  return [...set, ...secrets.removed.map((field) => ({ path: `secrets.${field}`, before: shownSecret }))]
}

/**
 * What an edit changes. References are compared by what they name, so that the rename of an object is no change of those that name it.
 * `secretsBefore` are the secret fields that a credential has.
 */
export function changeOf(edit: Edit, before: Picture, after: Picture, secretsBefore: ReadonlySet<string>): ConfigurationChange | null {
  const { before: old, after: desired } = edit
  const object = desired ?? old
  if (!object) return null
  const nameOf = (id: string): string => after.nameOf(id) ?? before.nameOf(id) ?? id
  const fieldsOf = (side: StoredObject | DesiredObject | null): Map<string, unknown> => {
    if (!side) return new Map()
    const { kind: _kind, ...document } = printedDocument(side, nameOf, new Map())
    const isRenamed = old !== null && desired !== null && old.name !== desired.name
    return new Map(flattened(document, '').filter(([path]) => path !== 'name' || isRenamed))
  }
  return {
    action: old ? (desired ? 'update' : 'delete') : 'create',
    kind: object.kind,
    name: object.name,
    fields: [...fieldChanges(fieldsOf(old), fieldsOf(desired)), ...secretFields(edit, secretsBefore)],
  }
}
