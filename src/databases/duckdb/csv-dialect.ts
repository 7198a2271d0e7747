import { open } from 'node:fs/promises'
import { SegueError } from '../../contract/errors.ts'
import { sqlText } from '../../contract/sql-text.ts'

/** The header line of a file is looked for in so many bytes. */
const headBytes = 64 * 1024
const delimiters = [',', ';', '\t', '|'] as const

/**
 * The options with which a CSV file is read: RFC 4180 with a header line, and the delimiter that the header line has most of. Left to guess,
 * DuckDB takes what fits most lines: a file that was cut short became one of a single column, rows that begin with # became comments, and a
 * last line with one field more became the header (seen with DuckDB 1.5.6). Now each of them is an error. Types are still worked out from the data.
 * Throws DATABASE_INVALID for a file without a header line.
 */
export async function csvOptions(path: string, name: string): Promise<string> {
  const header = await headerLine(path)
  if (header.trim() === '') throw new SegueError('DATABASE_INVALID', `${name} is empty: a CSV file begins with a line of column names.`)
  const dialect = [`delim = ${sqlText(delimiterOf(header))}`, `quote = '"'`, `escape = '"'`, `comment = ''`, 'skip = 0', 'header = true']
  const strictly = ['strict_mode = true', 'null_padding = false', 'ignore_errors = false']
  // `""` is an empty text, and nothing between two delimiters is NULL.
  return [...dialect, ...strictly, 'allow_quoted_nulls = false'].join(', ')
}

/** The delimiter that stands most often in a header line, outside of quotes; the comma where there is none. */
export function delimiterOf(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '')
  const counts = delimiters.map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }))
  return counts.reduce((most, next) => (next.count > most.count ? next : most)).delimiter
}

async function headerLine(path: string): Promise<string> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  return (
    buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\uFEFF/, '')
      .split(/[\r\n]/, 1)[0] ?? ''
  )
}
