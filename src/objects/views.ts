import type { ObjectKind, StoredObject } from '../contract/objects.ts'
import type { Db } from '../store/objects/object-row.ts'
import { linksOf, type LinkRow } from '../store/objects/references.ts'
import { listSecrets, type SecretRow } from '../store/objects/secrets.ts'
import type { ObjectLink, ObjectView } from './service.ts'

function secretViews(rows: readonly SecretRow[]): NonNullable<ObjectView['secrets']> {
  return Object.fromEntries(
    rows.map((row) => [row.field, { set: true as const, last4: row.last4, reference: row.reference, updatedAt: row.updated_at }]),
  )
}

function linksIn(rows: readonly LinkRow[] | undefined, direction: LinkRow['direction']): ObjectLink[] {
  return (rows ?? []).filter((row) => row.direction === direction).map(({ kind, id, name }) => ({ kind, id, name }))
}

/** Objects of one kind with what is worked out for people; as many statements for a page as for one. */
export async function viewsOf<K extends ObjectKind>(db: Db, objects: readonly StoredObject<K>[]): Promise<ObjectView<K>[]> {
  const links = Map.groupBy(
    await linksOf(
      db,
      objects.map(({ id }) => id),
    ),
    (row) => row.objectId,
  )
  const credentials = objects.filter(({ kind }) => kind === 'credential').map(({ id }) => id)
  const secrets = Map.groupBy(await listSecrets(db, credentials), (row) => row.object_id)
  return objects.map((object) => ({
    ...object,
    links: linksIn(links.get(object.id), 'uses'),
    usedBy: linksIn(links.get(object.id), 'usedBy'),
    ...(object.kind === 'credential' && { secrets: secretViews(secrets.get(object.id) ?? []) }),
  }))
}
