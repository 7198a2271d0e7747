import { createHash } from 'node:crypto'
import { LiquidError } from 'liquidjs'
import { SegueError, type FieldError } from '../contract/errors.ts'
import { nearest } from '../contract/nearest.ts'
import type { ParameterValue } from '../contract/objects.ts'
import { checkFileName } from './file-name-rules.ts'
import { createNameEngine, FileTime, folderMark } from './name-engine.ts'

/** What a file-name template may use. */
export interface FileNameValues {
  /** The run's scheduled or requested time: a retry makes the same name. */
  readonly now: Date
  readonly orchestration: string
  /** The query or the export. */
  readonly object: string
  /** The table of an export; the query's name where the object is a query. */
  readonly table: string
  readonly runId: string
  /** Rows in the file; known after rendering only (`usesRows`). */
  readonly rows: number
  readonly fileNumber: number
  /** The query's parameters; the names above come first. */
  readonly parameters: Readonly<Record<string, ParameterValue>>
}

/**
 * The name of a file below the destination's folder, with `/` between folders, and warnings about what the template says.
 * Throws FILE_NAME_INVALID naming the template, and the value or character at fault.
 */
export function renderFileName(template: string, values: FileNameValues): { readonly name: string; readonly warnings: readonly string[] } {
  const warnings = new Set<string>()
  const engine = createNameEngine((warning) => warnings.add(warning))
  const scope = scopeOf(values)
  try {
    const text = String(engine.parseAndRenderSync(unmarked(template), scope)).replaceAll(folderMark, '/')
    return { name: checkFileName(text), warnings: [...warnings] }
  } catch (error) {
    throw nameError(error, template, Object.keys(scope))
  }
}

/**
 * What is wrong with a template as far as it can be told without a run: its syntax, filters, date patterns, and the characters that it
 * has itself. Any name may be a query's parameter, unless the parameters are given.
 */
export function checkFileNameTemplate(template: string, parameters?: readonly string[]): FieldError[] {
  try {
    const used = parameters ?? createNameEngine(() => undefined).globalVariablesSync(template)
    const day = '2024-02-29'
    const names = { orchestration: 'orchestration', object: 'object', table: 'table', runId: 'run_0', rows: 1, fileNumber: 1 }
    renderFileName(template, {
      ...names,
      now: new Date(`${day}T00:00:00Z`),
      parameters: Object.fromEntries(used.map((name) => [name, day])),
    })
    return []
  } catch (error) {
    return [{ pointer: '/fileName', message: nameError(error, template, []).detail }]
  }
}

/** True where the template prints the number of rows, so that the name is known only after rendering. */
export function usesRows(template: string): boolean {
  try {
    return createNameEngine(() => undefined)
      .globalVariablesSync(template)
      .includes('rows')
  } catch (error) {
    throw nameError(error, template, [])
  }
}

/** Most file systems take 255 bytes in a segment. */
const segmentBytes = 255

/**
 * The temporary name beside a final one: `a/b.csv` becomes `a/.b.csv.run_x.3.part`. Run and epoch make it this attempt's own. A long
 * name is shortened, with a hash so that two of them stay two.
 */
export function temporaryName(name: string, run: string, epoch: number | string): string {
  const cut = name.lastIndexOf('/') + 1
  const segment = name.slice(cut)
  const ending = `.${run}.${epoch}.part`
  const room = segmentBytes - Buffer.byteLength(ending) - 1
  return `${name.slice(0, cut)}.${shortened(segment, room)}${ending}`
}

function shortened(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  const hash = `-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  let start = ''
  for (const character of text) {
    if (Buffer.byteLength(start + character + hash) > bytes) break
    start += character
  }
  return start + hash
}

/** Only the engine marks folders; the mark of somebody else is a character that no name may have. */
function unmarked(text: string): string {
  return text.replaceAll(folderMark, '\uFFFD')
}

function scopeOf({ now, orchestration, object, table, runId, rows, fileNumber, parameters }: FileNameValues): Record<string, unknown> {
  const time = FileTime.of(now)
  const texts = { ...parameters, orchestration, object, table, run_id: runId }
  return {
    ...Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, typeof value === 'string' ? unmarked(value) : value])),
    now: time,
    next_day: time.nextDay(),
    file_number: String(fileNumber).padStart(7, '0'),
    rows,
  }
}

function nameError(error: unknown, template: string, known: readonly string[]): SegueError {
  const cause = error instanceof LiquidError ? (error.originalError ?? error) : error
  if (cause instanceof SegueError) {
    return /^The file[- ]name/.test(cause.detail)
      ? cause
      : new SegueError(cause.code, `The file-name template "${template}": ${cause.detail}`)
  }
  if (!(cause instanceof Error)) throw cause
  // The first line says it; what follows is the place in a template of one line.
  const [reason = ''] = cause.message.split(/, line:|\n/)
  const variable = /^undefined variable: (\S+)/.exec(reason)?.[1]
  return new SegueError(
    'FILE_NAME_INVALID',
    `The file-name template "${template}": ${reason}.${variable === undefined ? '' : nearest(variable, known)}`,
  )
}
