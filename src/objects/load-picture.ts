import type { ObjectKind } from '../contract/objects.ts'
import { isId } from '../contract/ids.ts'
import type { Db } from '../store/objects/object-row.ts'
import { objectNames, objectsAround } from '../store/objects/objects.ts'
import type { Picture } from './configured.ts'
import type { Names } from './edit-from-document.ts'
import type { NamedObject } from './names-in-document.ts'
import { pictureOf } from './picture.ts'

/** The part of the configuration that one change touches. */
export interface Scene {
  readonly picture: Picture
  readonly names: Names
}

/** Reads what the rules need to judge a change of the objects with these ids that names these others. */
export async function loadPicture(db: Db, ids: readonly string[], named: readonly NamedObject[]): Promise<Scene> {
  const byId = named.filter(({ kind, reference }) => isId(kind, reference)).map(({ reference }) => reference)
  const byName = named.filter(({ kind, reference }) => !isId(kind, reference)).map(({ kind, reference }) => ({ kind, name: reference }))
  const picture = pictureOf(await objectsAround(db, { ids: [...ids, ...byId], names: byName }))
  const idOf = (kind: ObjectKind, reference: string): string | null =>
    (picture.get(kind, reference) ?? picture.find(kind, reference))?.id ?? null
  const missing = new Set(named.filter(({ kind, reference }) => idOf(kind, reference) === null).map(({ kind }) => kind))
  const known = new Map(await Promise.all([...missing].map(async (kind) => [kind, await objectNames(db, kind)] as const)))
  return { picture, names: { idOf, known: (kind) => known.get(kind) ?? [] } }
}
