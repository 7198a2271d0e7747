/** A run for people: how it ended or what it waits for, the counts, the files, what to do next. */
import { errorTable } from '../contract/errors.ts'
import type { ErrorCode } from '../contract/errors.ts'
import type { RunCounts, RunDocument, RunProgress } from '../contract/runs.ts'
import { byteSize, count, counted, displayWidth, duration, visible } from './display-text.ts'
import type { NextStep } from './next-commands.ts'
import { table } from './table.ts'

/** Everything that is worth saying of a run. */
export function runText(run: RunDocument): string {
  return [headText(run), countsText(run.counts), filesText(run), rejectsText(run), warningsText(run), errorText(run)]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** Commands that a person may want now, each with what it does. */
export function stepsText(steps: readonly NextStep[]): string {
  const width = Math.max(...steps.map(({ command }) => displayWidth(command)))
  return steps
    .map(({ command, does }, index) => {
      const blanks = ' '.repeat(width - displayWidth(command))
      return `  ${index === 0 ? 'Next:' : '     '} ${command}${blanks}  ${does}`
    })
    .join('\n')
}

/** One line while a run works: `delivering customers: 1,200,000 rows, 96.1 MB, 40 %`. */
export function progressText({ phase, dataset, rows, bytes, percent }: RunProgress): string {
  const parts = [counted(rows, 'row'), ...(bytes > 0 ? [byteSize(bytes)] : []), ...(percent === null ? [] : [`${Math.floor(percent)} %`])]
  return `${phase} ${visible(dataset)}: ${parts.join(', ')}`
}

function headText(run: RunDocument): string {
  const took = run.startedAt !== null && run.endedAt !== null ? ` in ${duration(Date.parse(run.endedAt) - Date.parse(run.startedAt))}` : ''
  const phase = run.phase === null ? '' : ` (${run.phase})`
  const reason = run.reason === null ? '' : `, ${visible(run.reason)}`
  const origin = run.retryOf === null ? '' : `, a retry of ${run.retryOf}`
  return `${visible(run.orchestration)}: ${run.state.replaceAll('_', ' ')}${phase}${took}${reason}\n  ${run.id}${origin}`
}

function countsText(counts: RunCounts): string {
  const shown: [string, number][] = [
    ['delivered', counts.delivered],
    ['rejected', counts.rejected],
    ['skipped', counts.skipped],
    ['unknown', counts.unknown],
    ['pending', counts.pending],
  ]
  const parts = shown.filter(([name, rows]) => rows > 0 || name === 'delivered').map(([name, rows]) => `${name} ${count(rows)}`)
  // Before extraction has ended nobody knows how many there are.
  const sum = counts.queried === null ? `  ${parts.join(', ')}` : `  rows ${count(counts.queried)} = ${parts.join(' + ')}`
  const lines = [sum]
  if (counts.unknown > 0) lines.push(`  Of ${counted(counts.unknown, 'row')} it is not known whether they arrived.`)
  if (counts.possibleDuplicate > 0) lines.push(`  ${counted(counts.possibleDuplicate, 'row')} may have arrived twice.`)
  return lines.join('\n')
}

function filesText({ files }: RunDocument): string {
  if (files.length === 0) return ''
  return table(
    [{ title: 'FILE', whole: true }, { title: 'ROWS', align: 'right' }, { title: 'SIZE', align: 'right' }, { title: 'SHA-256' }],
    files.map((file) => [file.name, count(file.rows), byteSize(file.bytes), `${file.sha256.slice(0, 16)}…`]),
  )
}

function rejectsText({ datasets }: RunDocument): string {
  const rejects = datasets.flatMap((dataset) =>
    dataset.rejects.map((reject) => [dataset.name, reject.code, reject.column ?? '', count(reject.rows)]),
  )
  if (rejects.length === 0) return ''
  return table([{ title: 'REJECTED FROM' }, { title: 'REASON' }, { title: 'COLUMN' }, { title: 'ROWS', align: 'right' }], rejects)
}

function warningsText({ warnings }: RunDocument): string {
  return warnings.map((warning) => `  Warning: ${visible(warning)}`).join('\n')
}

function errorText({ error, reason }: RunDocument): string {
  // Where nothing failed, as in a run that was held, the reason alone says what it is about.
  const told = error ?? (reason === null ? null : { code: reason })
  if (told === null) return ''
  const text = (field: string): string => (typeof told[field] === 'string' ? visible(told[field]) : '')
  const code = text('code')
  const entry = Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode] : null
  if (error === null && entry === null) return ''
  const [title, detail, fix] = [text('title') || entry?.title, text('detail'), text('fix') || entry?.fix]
  return [
    `  ${code}: ${title ?? ''}`,
    ...(detail === '' ? [] : [`    ${detail}`]),
    ...(fix === undefined ? [] : [`    Next: ${fix}`]),
  ].join('\n')
}
