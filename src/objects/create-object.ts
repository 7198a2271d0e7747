import type { Transaction } from 'kysely'
import { SegueError } from '../contract/errors.ts'
import { newId } from '../contract/ids.ts'
import type { Actor, ObjectKind, StoredObject } from '../contract/objects.ts'
import { changeConfiguration } from '../store/objects/configuration-lock.ts'
import { findObject } from '../store/objects/objects.ts'
import type { Tables } from '../store/tables.ts'
import { editFromDocument } from './edit-from-document.ts'
import { failWith } from './faults.ts'
import { loadPicture, type Scene } from './load-picture.ts'
import { parseDocument, type DocumentOf } from './parse-document.ts'
import { namesInDocument } from './names-in-document.ts'
import { isFields } from './plain-json.ts'
import { carryOut, type ObjectsRoom } from './room.ts'

/** Stands for the name of an orchestration that is made without one, until its object's name is known. */
const noName = 'unnamed'

/** The name of an orchestration that has none of its own: its object's, and where that is taken "OBJECT to DESTINATION". */
async function nameFor(
  tx: Transaction<Tables>,
  { query, export: dataExport, destination }: DocumentOf<'orchestration'>,
  { picture, names }: Scene,
): Promise<string> {
  const nameOf = (kind: ObjectKind, reference: string): string => picture.nameOf(names.idOf(kind, reference) ?? '') ?? reference
  const object = query === undefined ? nameOf('export', dataExport ?? noName) : nameOf('query', query)
  const isTaken = await findObject(tx, 'orchestration', { name: object })
  return isTaken ? `${object} to ${nameOf('destination', destination)}`.slice(0, 200).trim() : object
}

/** Makes an object of a document without `kind`. Throws NAME_TAKEN, and every fault of the input at once. */
export async function createObject(room: ObjectsRoom, actor: Actor, kind: ObjectKind, input: unknown): Promise<StoredObject> {
  const fields = isFields(input) ? { kind, ...input } : input
  const isUnnamed = kind === 'orchestration' && isFields(fields) && fields['name'] === undefined
  const { document, kind: given, previousName, faults } = parseDocument(isUnnamed ? { ...fields, name: noName } : fields, '')
  const strange = [
    ...(given !== null && given !== kind
      ? [{ code: 'INVALID' as const, pointer: '/kind', message: `This makes a ${kind}, not a ${given}.` }]
      : []),
    ...(previousName === null
      ? []
      : [{ code: 'UNKNOWN_FIELD' as const, pointer: '/previousName', message: 'There is no field "previousName" here.' }]),
  ]
  failWith([...faults, ...strange])
  if (!document) throw new SegueError('INTERNAL', 'A document without faults was not read.')
  return changeConfiguration(room.store.db, { commit: true }, async (tx) => {
    const scene = await loadPicture(tx, [], namesInDocument(kind, document))
    const named = isUnnamed && document.kind === 'orchestration' ? { ...document, name: await nameFor(tx, document, scene) } : document
    const placed = { document: named, at: '', existing: null, id: newId(kind), secrets: new Map() }
    const { edit, faults: unresolved } = editFromDocument(placed, {
      action: 'create',
      registry: room.registry,
      names: scene.names,
      managedBy: null,
    })
    failWith(unresolved)
    const made = edit && (await carryOut(room, tx, actor, scene.picture, edit))
    if (!made) throw new SegueError('INTERNAL', `The ${kind} "${named.name}" was not made.`)
    return made
  })
}
