import { SegueError, type ErrorCode } from '../../contract/errors.ts'

/** What the code of a failed file operation means (errno, man 3 errno). */
const meanings: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOSPC: ['DISK_FULL', 'there is no room left on the disk'],
  EDQUOT: ['DISK_FULL', 'the disk quota is used up'],
  EACCES: ['PERMISSION_DENIED', 'this user may not write there'],
  EPERM: ['PERMISSION_DENIED', 'the operation is not permitted'],
  EROFS: ['PERMISSION_DENIED', 'the file system is read-only'],
  ENOENT: ['FOLDER_MISSING', 'there is no such file or folder'],
  ENOTDIR: ['FOLDER_MISSING', 'a file stands where a folder should be'],
  EEXIST: ['FILE_EXISTS', 'it is there already'],
  EISDIR: ['DESTINATION_FAILED', 'a folder has that name'],
  ELOOP: ['PERMISSION_DENIED', 'a symbolic link stands there'],
  ENAMETOOLONG: ['FILE_NAME_INVALID', 'the name is too long for the file system'],
}

/** The `code` of a failed file operation (`ENOENT`), or undefined where the error is of another kind. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The failure of a file operation as people see it, naming the path; an error that is one already stays as it is. */
export function localError(error: unknown, path: string): SegueError {
  if (error instanceof SegueError) return error
  const code = errorCode(error)
  const [meaning, reason] = meanings[code ?? ''] ?? ['DESTINATION_FAILED', 'the file system refused']
  return new SegueError(meaning, `${path}: ${reason}${code === undefined ? '' : ` (${code})`}.`, { cause: error })
}
