/** A second opinion on delimited files: RFC 4180, strictly, and its usual variations. It shares nothing with what writes them. */

export interface Dialect {
  readonly delimiter: string
  /** False: quotes are characters like others. */
  readonly quotes: boolean
  /** `"`: quotes are doubled. Another character makes the next one ordinary; null: there is none. */
  readonly escape: string | null
  readonly lineEnding: '\n' | '\r\n'
}

export interface Field {
  readonly text: string
  /** As it stands in the file: tells a NULL text from a value that looks like it. */
  readonly raw: string
  readonly quoted: boolean
}

/** Records of a file whose last line is ended. Throws where the file leaves room for two readings. */
export function readDelimited(file: string, dialect: Dialect): Field[][] {
  const records: Field[][] = []
  let record: Field[] = []
  let at = 0
  while (at < file.length) {
    const [field, end] = readField(file, at, dialect)
    record.push(field)
    if (file.startsWith(dialect.delimiter, end)) {
      at = end + dialect.delimiter.length
    } else if (file.startsWith(dialect.lineEnding, end)) {
      at = end + dialect.lineEnding.length
      records.push(record)
      record = []
    } else {
      throw new Error(`Neither delimiter nor line ending at ${end}: ${JSON.stringify(file.slice(Math.max(0, end - 20), end + 20))}`)
    }
  }
  if (record.length > 0) throw new Error('The last line is not ended.')
  return records
}

function readField(file: string, start: number, dialect: Dialect): [Field, number] {
  const quoted = dialect.quotes && file[start] === '"'
  const [text, end] = quoted ? readQuoted(file, start + 1, dialect) : readPlain(file, start, dialect)
  return [{ text, raw: file.slice(start, end), quoted }, end]
}

function readQuoted(file: string, start: number, { escape }: Dialect): [string, number] {
  let text = ''
  for (let at = start; at < file.length; at += 1) {
    const character = file.charAt(at)
    const next = file[at + 1]
    const escapes = character === escape && (escape !== '"' || next === '"')
    if (escapes && next !== undefined) {
      text += next
      at += 1
    } else if (character === '"') {
      return [text, at + 1]
    } else {
      text += character
    }
  }
  throw new Error(`A quote that is opened at ${start - 1} is not closed.`)
}

function readPlain(file: string, start: number, { delimiter, escape, lineEnding, quotes }: Dialect): [string, number] {
  let text = ''
  for (let at = start; ; at += 1) {
    if (at >= file.length || file.startsWith(delimiter, at) || file.startsWith(lineEnding, at)) return [text, at]
    const character = file.charAt(at)
    if (character === '\n' || character === '\r') throw new Error(`A line break without quotes at ${at}.`)
    if (quotes && character === '"') throw new Error(`A quote inside of a value without quotes at ${at}.`)
    if (character === escape) {
      at += 1
      text += file.charAt(at)
    } else {
      text += character
    }
  }
}
