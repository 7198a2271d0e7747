import { posix } from 'node:path'
import { status, SftpRefusal, sftpError } from './sftp-error.ts'
import type { SftpSession } from './session.ts'

/** What is known of a file on the server; `folder` where the name is one. */
export interface RemoteFacts {
  readonly bytes: number
  readonly folder: boolean
}

/** Looks at a name without following a link; null where there is nothing. */
export async function lookAt(session: SftpSession, path: string): Promise<RemoteFacts | null> {
  try {
    const facts = await session.request<{ size: number; isDirectory(): boolean }>((sftp, answer) => sftp.lstat(path, answer))
    return { bytes: facts.size, folder: facts.isDirectory() }
  } catch (error) {
    if (hasStatus(error, status.noSuchFile)) return null
    throw sftpError(error, path)
  }
}

/** Removes a file; nothing happens where there is none. */
export async function removeFile(session: SftpSession, path: string): Promise<void> {
  try {
    await session.request<void>((sftp, answer) => sftp.unlink(path, (error) => answer(error, undefined)))
  } catch (error) {
    if (!hasStatus(error, status.noSuchFile)) throw sftpError(error, path)
  }
}

/**
 * Makes a folder and those above it that are missing; nothing happens where it is there. Version 3 has no status for that, so a
 * refusal is looked into: somebody else may have made it in between.
 */
export async function makeFolder(session: SftpSession, path: string): Promise<void> {
  if ((await lookAt(session, path)) !== null) return
  const above = posix.dirname(path)
  if (above !== path && above !== '.') await makeFolder(session, above)
  try {
    await session.request<void>((sftp, answer) => sftp.mkdir(path, (error) => answer(error, undefined)))
  } catch (error) {
    if ((await lookAt(session, path)) === null) throw sftpError(error, path)
  }
}

/**
 * SSH_FXP_RENAME of version 3: fails where the new name is taken (draft-ietf-secsh-filexfer-02, 6.5). OpenSSH does it by link and
 * unlink, so that of two at once only one gets the name. Throws SftpRefusal.
 */
export async function renameBeside(session: SftpSession, from: string, to: string): Promise<void> {
  await session.request<void>((sftp, answer) => sftp.rename(from, to, (error) => answer(error, undefined)))
}

/** The rename of POSIX, which replaces what has the new name in one step (`posix-rename@openssh.com`). Throws SftpRefusal. */
export async function renameOver(session: SftpSession, from: string, to: string): Promise<void> {
  await session.request<void>((sftp, answer) => sftp.ext_openssh_rename(from, to, (error) => answer(error, undefined)))
}

/** Bytes that are free for this user where the path lies (`statvfs@openssh.com`); null where the server does not tell. */
export async function freeBytes(session: SftpSession, path: string): Promise<number | null> {
  if (!session.facts.extensions.has('statvfs@openssh.com')) return null
  try {
    const facts = await session.request<{ f_bavail: number; f_frsize: number }>((sftp, answer) => sftp.ext_openssh_statvfs(path, answer))
    return facts.f_bavail * facts.f_frsize
  } catch {
    return null
  }
}

/** True for an answer of the server with that status. */
export function hasStatus(error: unknown, code: number): boolean {
  return error instanceof SftpRefusal && error.code === code
}
