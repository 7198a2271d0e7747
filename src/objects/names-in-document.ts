import type { ObjectKind } from '../contract/objects.ts'
import { rulesOf } from './kinds/rules.ts'
import { isFields } from './plain-json.ts'

/** A name or id by which a document names an object of that kind. */
export interface NamedObject {
  readonly kind: ObjectKind
  readonly reference: string
}

/** What a document of the kind, or a part of one, names, as far as it can be read. */
export function namesInDocument(kind: ObjectKind, fields: unknown): NamedObject[] {
  if (!isFields(fields)) return []
  const here = Object.entries(rulesOf(kind).names).flatMap(([field, named]): NamedObject[] => {
    const reference = fields[field]
    return typeof reference === 'string' ? [{ kind: named, reference }] : []
  })
  return [...here, ...namesInDocument(kind, fields['draft'])]
}
