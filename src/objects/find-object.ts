import { SegueError } from '../contract/errors.ts'
import { isId } from '../contract/ids.ts'
import { nearest } from '../contract/nearest.ts'
import type { ObjectKind, StoredObject } from '../contract/objects.ts'
import type { Db } from '../store/objects/object-row.ts'
import { findObject, objectNames } from '../store/objects/objects.ts'
import { isKind } from './configured.ts'

/** The object of that name or id. Throws NOT_FOUND with the nearest name. */
export async function requireObject<K extends ObjectKind>(db: Db, kind: K, reference: string): Promise<StoredObject<K>> {
  // PostgreSQL takes no NUL in a text, so that no name has one.
  const found = reference.includes('\0')
    ? undefined
    : await findObject(db, kind, isId(kind, reference) ? { id: reference } : { name: reference })
  if (isStored(found, kind)) return found
  throw new SegueError('NOT_FOUND', `There is no ${kind} "${reference}".${nearest(reference, await objectNames(db, kind))}`)
}

function isStored<K extends ObjectKind>(object: StoredObject | undefined, kind: K): object is StoredObject<K> {
  return isKind(object, kind)
}
