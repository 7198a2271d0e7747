/**
 * Unicode date patterns (`yyyy-MM-dd HH:mm`), the part of them that file names and columns take. What each field becomes is said once
 * here for both of their writers: luxon for names, DuckDB's strftime for columns.
 */

interface DateField {
  readonly luxon: string
  readonly strftime: string
}

const fields: Readonly<Record<string, DateField>> = {
  yyyy: { luxon: 'yyyy', strftime: '%Y' },
  yy: { luxon: 'yy', strftime: '%y' },
  y: { luxon: 'y', strftime: '%-Y' },
  MMMM: { luxon: 'MMMM', strftime: '%B' },
  MMM: { luxon: 'MMM', strftime: '%b' },
  MM: { luxon: 'MM', strftime: '%m' },
  M: { luxon: 'M', strftime: '%-m' },
  dd: { luxon: 'dd', strftime: '%d' },
  d: { luxon: 'd', strftime: '%-d' },
  DDD: { luxon: 'ooo', strftime: '%j' },
  EEEE: { luxon: 'EEEE', strftime: '%A' },
  EEE: { luxon: 'EEE', strftime: '%a' },
  HH: { luxon: 'HH', strftime: '%H' },
  H: { luxon: 'H', strftime: '%-H' },
  hh: { luxon: 'hh', strftime: '%I' },
  h: { luxon: 'h', strftime: '%-I' },
  a: { luxon: 'a', strftime: '%p' },
  mm: { luxon: 'mm', strftime: '%M' },
  m: { luxon: 'm', strftime: '%-M' },
  ss: { luxon: 'ss', strftime: '%S' },
  s: { luxon: 's', strftime: '%-S' },
  SSS: { luxon: 'SSS', strftime: '%g' },
}

/** Written so in old templates, where they mean year and day of the month; in Unicode they are week year and day of the year. */
const oldFields: Readonly<Record<string, string>> = { YYYY: 'yyyy', YY: 'yy', DD: 'dd', D: 'd' }

export type DatePart = { readonly literal: string } | ({ readonly literal: null } & DateField)

export interface DatePattern {
  readonly parts: readonly DatePart[]
  readonly warnings: readonly string[]
}

/**
 * Parses a pattern: runs of one letter are fields, text in single quotes and everything that is no letter stands for itself (`''` is one
 * quote). Returns the sentence that says what is wrong where a field is not known.
 */
export function parseDatePattern(pattern: string): DatePattern | string {
  const parts: DatePart[] = []
  const warnings: string[] = []
  const token = /''|'((?:[^']|'')+)'|([A-Za-z])\2*|[^A-Za-z']+|'/gy
  for (const [text, quoted, letter] of pattern.matchAll(token)) {
    if (text === "'") return `The date pattern "${pattern}" has a quote that is not closed.`
    if (letter === undefined) {
      parts.push({ literal: text === "''" ? "'" : (quoted?.replaceAll("''", "'") ?? text) })
      continue
    }
    const modern = oldFields[text] ?? text
    if (modern !== text) warnings.push(`The date pattern "${pattern}" says ${text}, which was read as ${modern}: write ${modern}.`)
    const field = Object.hasOwn(fields, modern) ? fields[modern] : undefined
    if (field === undefined)
      return `The date pattern "${pattern}" has "${text}", which is not known; there are ${Object.keys(fields).join(' ')}.`
    parts.push({ literal: null, ...field })
  }
  if (/yyyy[-_./ ]?mm(?![-_.: ]?ss)/.test(pattern))
    warnings.push(`The date pattern "${pattern}" has minutes (mm) after the year; months are MM.`)
  return { parts, warnings }
}
