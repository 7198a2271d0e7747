/** A setting that two layers of one orchestration set: the upper one has fixed it, so the lower one must not. */
import type { Edit } from './edits.ts'
import { pointerTo, type Fault } from './faults.ts'
import { called, type Configured, type Picture } from './configured.ts'

type Holder = Configured<'destination'> | Configured<'template'> | Configured<'orchestration'>

interface LayerConflict {
  readonly orchestration: Configured<'orchestration'>
  readonly setting: string
  readonly upper: Holder
  readonly lower: Holder
}

/** Every setting of the orchestration that is set in two layers, once for each pair. */
function conflictsOf(orchestration: Configured<'orchestration'>, picture: Picture): LayerConflict[] {
  const { destination, template } = orchestration.spec
  const holders = [
    picture.get('destination', destination),
    template === null ? undefined : picture.get('template', template),
    orchestration,
  ]
  const layers = holders.filter((holder) => holder !== undefined)
  return layers.flatMap((upper, depth) =>
    layers.slice(depth + 1).flatMap((lower) =>
      Object.keys(lower.spec.settings)
        .filter((setting) => Object.hasOwn(upper.spec.settings, setting))
        .map((setting) => ({ orchestration, setting, upper, lower })),
    ),
  )
}

/** The conflicts that edits cause in these orchestrations: those that were not there before. */
function newConflicts(orchestrations: readonly Configured<'orchestration'>[], before: Picture, after: Picture): LayerConflict[] {
  const keyOf = ({ orchestration, setting, upper, lower }: LayerConflict): string =>
    JSON.stringify([orchestration.id, setting, upper.id, lower.id])
  return orchestrations.flatMap((orchestration) => {
    const old = before.get('orchestration', orchestration.id)
    const known = new Set(old ? conflictsOf(old, before).map(keyOf) : [])
    return conflictsOf(orchestration, after).filter((conflict) => !known.has(keyOf(conflict)))
  })
}

/** The lower layer is at fault where it is edited, else the orchestration that brings both together. */
function fixedAbove({ orchestration, setting, upper, lower }: LayerConflict, edits: ReadonlyMap<string, Edit>): Fault {
  const lowerEdit = edits.get(lower.id)
  return {
    code: 'SETTING_FIXED',
    pointer: lowerEdit ? pointerTo(lowerEdit.at, 'settings', setting) : pointerTo(edits.get(orchestration.id)?.at ?? '', lower.kind),
    message: `The setting "${setting}" is fixed by ${called(upper)}; ${called(lower)} must leave it open.`,
  }
}

/** The upper layer is at fault where only it is edited: those below were there first. */
function inUseBelow(conflicts: readonly LayerConflict[], edits: ReadonlyMap<string, Edit>): Fault[] {
  const bySetting = Map.groupBy(conflicts, ({ upper, setting }) => pointerTo(edits.get(upper.id)?.at ?? '', 'settings', setting))
  return [...bySetting].flatMap(([pointer, [first, ...rest]]): Fault[] => {
    if (!first) return []
    const users = [...new Set([first, ...rest].map(({ lower }) => called(lower)))].toSorted()
    return [
      {
        code: 'SETTING_IN_USE',
        pointer,
        message: `The setting "${first.setting}" is set below ${called(first.upper)} already, by ${users.join(', ')}.`,
        users,
      },
    ]
  })
}

/** The faults of settings that the edits set in two layers of one orchestration; `edits` by the id of what they change. */
export function conflictFaults(
  edits: ReadonlyMap<string, Edit>,
  orchestrations: readonly Configured<'orchestration'>[],
  before: Picture,
  after: Picture,
): Fault[] {
  const conflicts = newConflicts(orchestrations, before, after)
  const isFromAbove = ({ upper, lower }: LayerConflict): boolean => edits.has(upper.id) && !edits.has(lower.id)
  const fixed = conflicts.filter((conflict) => !isFromAbove(conflict)).map((conflict) => fixedAbove(conflict, edits))
  const unique = new Map(fixed.map((fault) => [`${fault.pointer}\n${fault.message}`, fault]))
  return [...unique.values(), ...inUseBelow(conflicts.filter(isFromAbove), edits)]
}
