/** Places in a text: DuckDB counts bytes or code points, people count lines and characters from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** The place at a byte offset of the text's UTF-8 form; null where the offset lies outside of the text. */
export function placeOfByte(text: string, offset: number): Place | null {
  const bytes = Buffer.from(text)
  return offset < 0 || offset > bytes.length ? null : placeAfter(bytes.subarray(0, offset).toString())
}

/** The place at an offset in code points; null where the offset lies outside of the text. */
export function placeOfCodePoint(text: string, offset: number): Place | null {
  const points = [...text]
  return offset < 0 || offset > points.length ? null : placeAfter(points.slice(0, offset).join(''))
}

function placeAfter(before: string): Place {
  const lines = before.split(/\r\n|\r|\n/)
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 }
}
