import { isKind, type Configured, type Picture } from './configured.ts'
import type { Edit } from './edits.ts'
import { rulesOf } from './kinds/rules.ts'

/** The picture of these objects. */
export function pictureOf(objects: Iterable<Configured>): Picture {
  const byId = new Map<string, Configured>()
  const byName = new Map<string, Configured>()
  const users = new Map<string, Set<Configured>>()
  for (const object of objects) {
    byId.set(object.id, object)
    byName.set(`${object.kind} ${object.name}`, object)
    for (const { id } of rulesOf(object.kind).references(object.spec)) {
      users.set(id, (users.get(id) ?? new Set()).add(object))
    }
  }
  return {
    objects: [...byId.values()],
    get: (kind, id) => {
      const object = byId.get(id)
      return isKind(object, kind) ? object : undefined
    },
    find: (kind, name) => {
      const object = byName.get(`${kind} ${name}`)
      return isKind(object, kind) ? object : undefined
    },
    nameOf: (id) => byId.get(id)?.name,
    usersOf: (id) => [...(users.get(id) ?? [])],
  }
}

/** The configuration after the edits. */
export function pictureAfter(before: Picture, edits: readonly Edit[]): Picture {
  const objects = new Map(before.objects.map((object) => [object.id, object]))
  for (const { before: old, after } of edits) {
    if (after) objects.set(after.id, after)
    else if (old) objects.delete(old.id)
  }
  return pictureOf(objects.values())
}
