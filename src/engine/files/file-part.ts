import type { FileTarget } from '../../contract/destination.ts'
import { newId } from '../../contract/ids.ts'
import type { PartRow } from '../../store/runs/parts.ts'
import type { NewPart } from '../../store/runs/run-changes.ts'

/** A file whose content is frozen, on its way to be visible. */
export interface FilePart {
  readonly id: string
  readonly dataset: number
  readonly state: 'pending' | 'sending' | 'staged'
  /** The final name; once publishing was asked for, the one that was asked for. */
  readonly name: string
  readonly temporaryName: string
  readonly rows: number
  readonly bytes: number
  /** Somebody asked for it to be made visible, and may have died before the answer was written. */
  readonly publishAsked: boolean
}

/** Throws for a part that is no file whose content is known. */
export function filePartOf(row: PartRow): FilePart {
  const { state, name, temporary_name: temporaryName, bytes } = row
  if ((state !== 'pending' && state !== 'sending' && state !== 'staged') || name === null || temporaryName === null || bytes === null)
    throw new Error(`part ${row.id} in state ${state} is no file on its way`)
  return {
    id: row.id,
    dataset: row.dataset,
    state,
    name,
    temporaryName,
    rows: Number(row.rows ?? 0),
    bytes: Number(bytes),
    publishAsked: row.publish_asked_at !== null,
  }
}

export function targetOf({ name, temporaryName }: FilePart): FileTarget {
  return { name, temporaryName }
}

/** The one part of a dataset of a file: its stable id is that of an earlier plan, where there was one. */
export function newFilePart(dataset: number, target: FileTarget, stableId: string | undefined): NewPart {
  const id = newId('part')
  return {
    id,
    stableId: stableId ?? id,
    dataset,
    number: 0,
    parent: null,
    name: target.name,
    temporaryName: target.temporaryName,
    from: null,
    to: null,
    ordinals: null,
    rows: null,
    attempts: 0,
    spent: 0,
    possibleDuplicate: false,
    mayHaveArrived: false,
  }
}
