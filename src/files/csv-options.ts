import type { FileSettings } from '../contract/files.ts'

/** Options with which the writer of delimited files writes every value as it is, without quotes of its own. */
export const rawOptions: readonly string[] = ["QUOTE ''", "ESCAPE ''"]

/** The option takes the escaped text, not the characters. */
export function newLineOption({ lineEnding }: FileSettings): string {
  return lineEnding === 'crlf' ? String.raw`NEW_LINE '\r\n'` : String.raw`NEW_LINE '\n'`
}

/** The characters that end a line. */
export function lineBreak({ lineEnding }: FileSettings): string {
  return lineEnding === 'crlf' ? '\r\n' : '\n'
}
