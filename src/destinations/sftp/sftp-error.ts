import { SegueError, type ErrorCode } from '../../contract/errors.ts'

/** Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, 7). */
export const status = { ok: 0, noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const

/** An answer of the server other than OK. `code` is the status; the text is the server's own, made harmless. */
export class SftpRefusal extends Error {
  override readonly name = 'SftpRefusal'
  readonly code: number

  constructor(code: number, text: string) {
    super(printable(text))
    this.code = code
  }
}

/** A server's text as it may stand in a message: one line, no control characters, not endless. */
export function printable(text: string): string {
  return text
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
}

const meanings: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  [status.noSuchFile]: ['FOLDER_MISSING', 'there is no such file or folder'],
  [status.permissionDenied]: ['PERMISSION_DENIED', 'the server does not permit it'],
  [status.unsupported]: ['DESTINATION_FAILED', 'the server does not know the operation'],
}

/** A refusal as people see it, naming the path; any other error stays what it is. */
export function sftpError(error: unknown, path: string): unknown {
  if (!(error instanceof SftpRefusal)) return error
  const [code, reason] = meanings[error.code] ?? ['DESTINATION_FAILED', `the server answered "${error.message}"`]
  return new SegueError(code, `${path}: ${reason}.`, { cause: error })
}
