/** The verdicts on rows that an answer lists, counted against the rows that were sent. */
import type { RowVerdict } from '../../contract/destination.ts'
import { holds, type VerdictRules } from './answer-rules.ts'
import { valueAt } from './json-pointer.ts'
import { jsonText } from './json-text.ts'

/** The rows that were not accepted, in order; or why the answer does not account for every row. */
export type RowVerdicts = { readonly exceptions: readonly RowVerdict[] } | { readonly unaccounted: string }

/**
 * Reads the results of an answer to `rows` rows. A list of all rows must name each exactly once; a list of errors may name a row several
 * times, and may be missing where something else in the answer proves the success (`proven`).
 */
export function readVerdicts(answer: unknown, rows: number, rules: VerdictRules, proven: boolean): RowVerdicts {
  const results = valueAt(answer, rules.results)
  if (results === undefined && rules.lists === 'errors' && proven) return { exceptions: [] }
  if (!Array.isArray(results)) return { unaccounted: `it has no list of results at ${place(rules.results)}` }
  if (rules.lists === 'all' && results.length !== rows) {
    return { unaccounted: `it has ${results.length} results for ${rows} rows` }
  }
  const byRow = new Map<number, RowVerdict[]>()
  for (const [position, entry] of (results as unknown[]).entries()) {
    const row = rules.index === undefined ? position : rowOf(valueAt(entry, rules.index), rules.firstIndex)
    if (row === null || row >= rows) {
      return { unaccounted: `result ${position + 1} is about none of the ${rows} rows: ${jsonText(entry)}` }
    }
    const earlier = byRow.get(row)
    if (earlier === undefined) byRow.set(row, verdictOf(entry, row, rules))
    else if (rules.lists === 'all') return { unaccounted: `it has two results for row ${row + 1}` }
    else earlier.push(...verdictOf(entry, row, rules))
  }
  return {
    exceptions: [...byRow.values()].flatMap(together).toSorted((a, b) => a.row - b.row),
  }
}

/** The row's number from 0; services write it as a number or as its digits. */
function rowOf(index: unknown, first: number): number | null {
  const number = typeof index === 'string' && /^\d{1,15}$/.test(index) ? Number(index) : index
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= first ? number - first : null
}

function verdictOf(entry: unknown, row: number, rules: VerdictRules): RowVerdict[] {
  if (rules.acceptedWhen !== undefined && holds(rules.acceptedWhen, entry)) return []
  const code = rules.code === undefined ? undefined : textOf(valueAt(entry, rules.code))
  const reason = rules.reason === undefined ? undefined : textOf(valueAt(entry, rules.reason))
  return [
    {
      row,
      verdict: code !== undefined && rules.retryCodes.some((retry) => String(retry) === code) ? 'retry' : 'rejected',
      code: code ?? 'ROW_REJECTED',
      reason: reason ?? jsonText(entry),
    },
  ]
}

/** Several errors of one row are one verdict; it is worth another try only where each of them is. */
function together(verdicts: readonly RowVerdict[]): RowVerdict[] {
  const decisive = verdicts.find(({ verdict }) => verdict === 'rejected') ?? verdicts[0]
  return decisive === undefined ? [] : [{ ...decisive, reason: verdicts.map(({ reason }) => reason).join('; ') }]
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : jsonText(value)
}

function place(pointer: string): string {
  return pointer === '' ? 'its top' : pointer
}
