import { SegueError } from '../contract/errors.ts'

const segmentBytes = 200
const deviceName = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i

/**
 * A file name (folders divided by `/`) that every destination takes: NFC; letters of any script, digits, space and `. _ - ( )`.
 * Throws FILE_NAME_INVALID naming the name and what is wrong with it.
 */
export function checkFileName(text: string): string {
  const name = text.normalize('NFC')
  const fault =
    characterFault(name) ??
    name
      .split('/')
      .map(segmentFault)
      .find((found) => found !== null) ??
    null
  if (fault !== null) throw new SegueError('FILE_NAME_INVALID', `The file name ${JSON.stringify(name)} ${fault}.`)
  return name
}

function characterFault(name: string): string | null {
  if (name === '') return 'is empty'
  const wrong = /[^\p{L}\p{M}\p{Nd} ._()/-]/u.exec(name)?.[0]
  if (wrong === undefined) return null
  const shown = /^\p{C}|\p{Z}$/u.test(wrong)
    ? `the character U+${(wrong.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    : `"${wrong}"`
  return `has ${shown}; there may be letters, digits, spaces, . _ - ( ) and / between folders (the filter file_safe replaces others)`
}

function segmentFault(segment: string, index: number): string | null {
  if (segment === '') return index === 0 ? 'starts with /' : 'ends with / or has two of them in a row'
  if (segment === '.' || segment === '..') return `has the folder "${segment}"`
  if (/^ | $|\.$/.test(segment)) return `has "${segment}", which starts or ends with a space or ends with a dot`
  if (/^\..*\.part$/.test(segment)) return `has "${segment}", which looks like a temporary file`
  if (deviceName.test(segment)) return `has "${segment}", which is a device on Windows`
  const bytes = Buffer.byteLength(segment)
  return bytes > segmentBytes ? `has a part of ${bytes} bytes; ${segmentBytes} are the most` : null
}

/** A text with `_` for every run of characters that a file name may not have. */
export function fileSafe(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{Nd} ._()-]+/gu, '_')
    .trim()
    .replace(/\.+$/, '')
}
