/** Rejected rows for people: why first, then the rows themselves. */
import type { z } from 'zod'
import type { RejectReason, rejectedRow, RunDocument } from '../contract/runs.ts'
import { count, counted } from './display-text.ts'
import { table } from './table.ts'

export type Reason = RejectReason & { readonly dataset: string }
export interface Filter {
  readonly dataset?: string
  readonly code?: string
}

/** Why rows of a run were rejected, the most frequent reason first. */
export function reasonsOf({ datasets }: RunDocument, { dataset, code }: Filter): Reason[] {
  return datasets
    .filter(({ name }) => (dataset ?? name) === name)
    .flatMap(({ name, rejects }) => rejects.map((reason) => ({ ...reason, dataset: name })))
    .filter((reason) => (code ?? reason.code) === reason.code)
    .toSorted((a, b) => b.rows - a.rows)
}

/**
 * The dataset whose rows are meant: the one that was named, the only one, or the only one with rejected rows. Undefined where the run has
 * several that may be meant.
 */
export function meantDataset({ datasets }: RunDocument, named: string | undefined): string | undefined {
  if (named !== undefined) return named
  const candidates = datasets.length === 1 ? datasets : datasets.filter(({ rejects }) => rejects.length > 0)
  return candidates.length === 1 ? candidates[0]?.name : undefined
}

/** The reasons with their counts. */
export function reasonsText(reasons: readonly Reason[]): string {
  if (reasons.length === 0) return 'No rejected rows.'
  return table(
    [{ title: 'REJECTED FROM' }, { title: 'REASON' }, { title: 'COLUMN' }, { title: 'ROWS', align: 'right' }],
    reasons.map((reason) => [reason.dataset, reason.code, reason.column ?? '', count(reason.rows)]),
  )
}

/** The first rows of all that were rejected. */
export function rowsText(rows: readonly z.output<typeof rejectedRow>[], all: number): string {
  const shown = table(
    [
      { title: 'ROW', align: 'right' },
      { title: 'KEY' },
      { title: 'REASON' },
      { title: 'COLUMN' },
      { title: 'DETAIL' },
      { title: 'VALUES' },
    ],
    rows.map((row) => [count(row.row), row.key ?? '', row.code, row.column ?? '', row.reason, row.values]),
  )
  return `${shown}\n\n  ${count(rows.length)} of ${counted(all, 'row')} shown; rows are numbered from 0, as they were read.`
}
