import type { RowVerdict } from '../../contract/destination.ts'
import { newId } from '../../contract/ids.ts'
import type { NewPart } from '../../store/runs/run-changes.ts'
import type { PartRow } from '../../store/runs/parts.ts'
import type { BatchRange } from './halve.ts'

/** A batch of rows that is to be sent. Rows are named by their ordinals in the dataset, from 0. */
export interface RecordPart extends BatchRange {
  readonly id: string
  /** The idempotency key. */
  readonly stableId: string
  readonly dataset: number
  readonly rows: number
  /** Attempts before the next one. */
  readonly attempts: number
  /** Those of them that count against the budget. */
  readonly spent: number
  readonly possibleDuplicate: boolean
  /** An earlier attempt may have arrived. */
  readonly mayHaveArrived: boolean
}

/** Throws for a part that is no batch. */
export function recordPartOf(row: PartRow): RecordPart {
  if (row.from_row === null || row.to_row === null || row.rows === null) throw new Error(`part ${row.id} is no batch of rows`)
  return {
    id: row.id,
    stableId: row.stable_id,
    dataset: row.dataset,
    from: Number(row.from_row),
    to: Number(row.to_row),
    ordinals: row.ordinals,
    rows: Number(row.rows),
    attempts: row.attempts,
    spent: row.spent,
    possibleDuplicate: row.possible_duplicate,
    // What an earlier worker was sending when it ended.
    mayHaveArrived: row.may_have_arrived || row.state === 'sending',
  }
}

/** A batch that nobody has tried. */
export function newRecordPart(dataset: number, range: BatchRange & { readonly rows: number }): RecordPart {
  const id = newId('part')
  return { ...range, id, stableId: id, dataset, attempts: 0, spent: 0, possibleDuplicate: false, mayHaveArrived: false }
}

/** A piece of a part, with a key of its own: what it holds is another request. */
export function childPart(parent: RecordPart, range: BatchRange, spent: number): RecordPart {
  const rows = range.ordinals?.length ?? range.to - range.from
  const { possibleDuplicate, mayHaveArrived } = parent
  return { ...newRecordPart(parent.dataset, { ...range, rows }), spent, possibleDuplicate, mayHaveArrived }
}

export function storedPart(part: RecordPart, parent: RecordPart | null): NewPart {
  const { id, stableId, dataset, from, to, ordinals, rows, attempts, spent, possibleDuplicate, mayHaveArrived } = part
  const batch = { id, stableId, dataset, from, to, ordinals, rows, attempts, spent, possibleDuplicate, mayHaveArrived }
  return { ...batch, number: 0, parent: parent?.id ?? null, name: null, temporaryName: null }
}

/** The ordinal of the n-th row that was sent. */
export function ordinalOf(sent: BatchRange, { row }: Pick<RowVerdict, 'row'>): number {
  return sent.ordinals?.[row] ?? sent.from + row
}
