/** Decides whether the configuration is sound after a set of edits; every fault at once, each where the person can mend it. */
import type { Registry } from '../contract/registry.ts'
import { called, type Configured, type Picture } from './configured.ts'
import type { Edit } from './edits.ts'
import { below, type Fault } from './faults.ts'
import { rulesOf } from './kinds/rules.ts'
import { conflictFaults } from './layer-conflicts.ts'
import { pictureAfter } from './picture.ts'

function typeOf({ spec }: Configured): string | null {
  return 'type' in spec ? spec.type : null
}

/** What is wrong with the objects that are edited, each by itself among the others. */
function ownFaults(edits: readonly Edit[], after: Picture, registry: Registry): Fault[] {
  return edits.flatMap(({ before, after: object, at }) => {
    if (!object) return []
    const gone = rulesOf(object.kind)
      .references(object.spec)
      .filter(({ kind, id }) => !after.get(kind, id))
      .map(({ kind, field }): Fault => ({
        code: 'INVALID',
        pointer: '',
        message: `The ${kind} that ${called(object)} names as "${field}" is gone.`,
      }))
    const retyped: Fault[] =
      before && typeOf(before) !== typeOf(object)
        ? [
            {
              code: 'INVALID',
              pointer: '/type',
              message: `The type of ${called(before)} is "${typeOf(before)}", and stays so; make another one instead.`,
            },
          ]
        : []
    return below(at, [...gone, ...retyped, ...rulesOf(object.kind).check(object, { registry, picture: after })])
  })
}

/** Objects that are deleted although others use them. */
function deletionFaults(edits: readonly Edit[], after: Picture): Fault[] {
  return edits.flatMap(({ before, after: object, at }): Fault[] => {
    if (object || !before) return []
    const users = after.usersOf(before.id).map(called).toSorted()
    return users.length === 0
      ? []
      : [{ code: 'IN_USE', pointer: at, message: `The ${called(before)} is used by ${users.join(', ')}.`, users }]
  })
}

/** The orchestrations that name something that is edited, and those that are edited themselves. */
function affectedOrchestrations(edits: readonly Edit[], after: Picture): Configured<'orchestration'>[] {
  const ids = new Set<string>()
  for (const { after: object } of edits) {
    if (!object) continue
    if (object.kind === 'orchestration') ids.add(object.id)
    for (const user of after.usersOf(object.id)) ids.add(user.id)
  }
  return [...ids].map((id) => after.get('orchestration', id)).filter((object) => object !== undefined)
}

/** Faults that an edit causes in orchestrations that are not edited: those that they did not have before. */
function bystanderFaults(
  edits: ReadonlyMap<string, Edit>,
  bystanders: readonly Configured<'orchestration'>[],
  before: Picture,
  after: Picture,
  registry: Registry,
): Fault[] {
  return bystanders.flatMap((orchestration) => {
    const { check, references } = rulesOf('orchestration')
    const known = new Set(check(orchestration, { registry, picture: before }).map(({ message }) => message))
    const cause = references(orchestration.spec)
      .map(({ id }) => edits.get(id))
      .find((edit) => edit !== undefined)
    return check(orchestration, { registry, picture: after })
      .filter(({ message }) => !known.has(message))
      .map(({ code, message }): Fault => ({
        code,
        pointer: cause?.at ?? '',
        message: `${called(orchestration)}: ${message}`,
        users: [called(orchestration)],
      }))
  })
}

/** All faults of the configuration that these edits of `before` would make. */
export function judgeEdits(registry: Registry, before: Picture, edits: readonly Edit[]): readonly Fault[] {
  const after = pictureAfter(before, edits)
  const byId = new Map(edits.flatMap((edit) => (edit.after ? [[edit.after.id, edit] as const] : [])))
  const affected = affectedOrchestrations(edits, after)
  const bystanders = affected.filter(({ id }) => !byId.has(id))
  return [
    ...ownFaults(edits, after, registry),
    ...deletionFaults(edits, after),
    ...bystanderFaults(byId, bystanders, before, after, registry),
    ...conflictFaults(byId, affected, before, after),
  ]
}
