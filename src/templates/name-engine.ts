import { Liquid } from 'liquidjs'
import { DateTime, IANAZone } from 'luxon'
import { SegueError } from '../contract/errors.ts'
import { parseDatePattern } from './date-pattern.ts'
import { fileSafe } from './file-name-rules.ts'

/** Stands for a slash that a date pattern printed: the only printed ones that make folders, besides those of the template's own text. */
export const folderMark = '\uE000'

/** A moment in a zone, as templates see it: without properties of its own, so that they can do nothing with it but call the filters. */
export class FileTime {
  readonly #moment: DateTime

  private constructor(moment: DateTime) {
    this.#moment = moment
  }

  /** A moment in UTC. */
  static of(date: Date): FileTime {
    return new FileTime(DateTime.fromJSDate(date, { zone: 'utc' }))
  }

  /** A parameter's date or time; text without a zone is UTC. */
  static parse(text: string): FileTime {
    const moment = DateTime.fromISO(text.trim().replace(' ', 'T'), { zone: 'utc' })
    if (!moment.isValid) throw invalid(`"${text}" is no date.`)
    return new FileTime(moment)
  }

  nextDay(): FileTime {
    return new FileTime(this.#moment.plus({ days: 1 }))
  }

  local(zone: string): FileTime {
    if (!IANAZone.isValidZone(zone)) throw invalid(`there is no time zone "${zone}".`)
    return new FileTime(this.#moment.setZone(zone))
  }

  format(pattern: string, warn: (warning: string) => void): string {
    const parsed = parseDatePattern(pattern)
    if (typeof parsed === 'string') throw invalid(parsed)
    for (const warning of parsed.warnings) warn(warning)
    return parsed.parts.map((part) => part.literal ?? this.#moment.toFormat(part.luxon, { locale: 'en-US' })).join('')
  }
}

/** Pure filters on texts and numbers. `date` is not among them: it reads the clock. */
const allowedFilters = new Set([
  'append',
  'capitalize',
  'default',
  'downcase',
  'lstrip',
  'minus',
  'plus',
  'prepend',
  'remove',
  'remove_first',
  'remove_last',
  'replace',
  'replace_first',
  'replace_last',
  'rstrip',
  'size',
  'slice',
  'strip',
  'truncate',
  'upcase',
])
const allowedTags = new Set(['assign', 'case', 'comment', 'if', 'raw', 'unless'])

/**
 * Liquid for file names, with nothing that reads files or the clock, loops, or reaches into objects; limits on time and memory.
 * Every value that is printed must be there, and must not bring slashes along.
 */
export function createNameEngine(warn: (warning: string) => void): Liquid {
  const engine = new Liquid({
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    parseLimit: 10_000,
    renderLimit: 1000,
    memoryLimit: 100_000,
    outputEscape: withoutFolders,
  })
  for (const name of Object.keys(engine.tags)) if (!allowedTags.has(name)) delete engine.tags[name]
  for (const name of Object.keys(engine.filters)) if (!allowedFilters.has(name)) delete engine.filters[name]
  engine.registerFilter('format', (value: unknown, pattern: unknown) =>
    asTime(value).format(text(pattern, 'format'), warn).replaceAll('/', folderMark),
  )
  engine.registerFilter('local', (value: unknown, zone: unknown) => asTime(value).local(text(zone, 'local')))
  engine.registerFilter('next_day', (value: unknown) => asTime(value).nextDay())
  engine.registerFilter('file_safe', (value: unknown) => fileSafe(printed(value)))
  engine.registerFilter('width', (value: unknown, digits: unknown) => widened(printed(value), Number(digits)))
  return engine
}

function printed(value: unknown): string {
  if (value instanceof FileTime) throw invalid("a time is printed with a format, such as {{ now | format: 'yyyy-MM-dd' }}.")
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') throw invalid('a value that it prints is missing (null) in this run.')
  return value
}

/** Folders are the template's own: a slash in a name or a parameter would make one by accident, or lead somewhere else. */
function withoutFolders(value: unknown): string {
  const output = printed(value)
  if (output.includes('/')) throw invalid(`the value "${output}" has a slash; folders are made by slashes of the template itself.`)
  return output
}

function asTime(value: unknown): FileTime {
  return value instanceof FileTime ? value : FileTime.parse(printed(value))
}

function text(argument: unknown, filter: string): string {
  if (typeof argument === 'string') return argument
  throw invalid(
    `the filter ${filter} takes a text, such as {{ now | format: 'yyyy-MM-dd' }} or {{ now | local: 'Europe/Berlin' | format: 'HH' }}.`,
  )
}

/** A number with that many digits at least, without the zeros that it had. */
function widened(value: string, digits: number): string {
  if (!Number.isInteger(digits) || digits < 1 || digits > 20) throw invalid('the filter width takes a number of digits from 1 to 20.')
  return value.replace(/^0+(?=\d)/, '').padStart(digits, '0')
}

function invalid(reason: string): SegueError {
  return new SegueError('FILE_NAME_INVALID', reason)
}
