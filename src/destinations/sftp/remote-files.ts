import { posix } from 'node:path'
import { SegueError } from '../../contract/errors.ts'
import { requests } from './protocol.ts'
import type { SftpSession } from './session.ts'
import { SftpRefusal, sftpError, status } from './sftp-error.ts'

/** What is known of a file on the server; `bytes` is null where the server does not tell, `folder` true where the name is one. */
export interface RemoteFacts {
  readonly bytes: number | null
  readonly folder: boolean
}

/** Makes a new file for writing and returns its handle. Throws SftpRefusal. */
export async function createFile(session: SftpSession, path: string): Promise<Buffer> {
  const answer = await session.ask(requests.openNew(path))
  if (answer.kind === 'handle') return answer.handle
  throw unexpected(session, path)
}

/** Looks at a name without following a link; null where there is nothing. */
export async function lookAt(session: SftpSession, path: string): Promise<RemoteFacts | null> {
  try {
    const answer = await session.ask(requests.lstat(path))
    if (answer.kind === 'attributes') return answer
  } catch (error) {
    if (hasStatus(error, status.noSuchFile)) return null
    throw sftpError(error, path)
  }
  throw unexpected(session, path)
}

/** Removes a file; false where there is none. */
export async function removeFile(session: SftpSession, path: string): Promise<boolean> {
  try {
    await session.ask(requests.remove(path))
    return true
  } catch (error) {
    if (!hasStatus(error, status.noSuchFile)) throw sftpError(error, path)
    return false
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
    await session.ask(requests.makeFolder(path))
  } catch (error) {
    if ((await lookAt(session, path)) === null) throw sftpError(error, path)
  }
}

/**
 * SSH_FXP_RENAME of version 3: fails where the new name is taken (draft-ietf-secsh-filexfer-02, 6.5). OpenSSH does it by link and
 * unlink, so that of two at once only one gets the name. Throws SftpRefusal.
 */
export async function renameBeside(session: SftpSession, from: string, to: string): Promise<void> {
  await session.ask(requests.rename(from, to))
}

/** The rename of POSIX, which replaces what has the new name in one step. Throws SftpRefusal. */
export async function renameOver(session: SftpSession, from: string, to: string): Promise<void> {
  await session.ask(requests.extended('posix-rename@openssh.com', from, to))
}

/** Bytes that are free for this user where the path lies (`statvfs@openssh.com`); null where the server does not tell. */
export async function freeBytes(session: SftpSession, path: string): Promise<number | null> {
  if (!session.facts.extensions.has('statvfs@openssh.com')) return null
  const answer = await session.ask(requests.extended('statvfs@openssh.com', path)).catch(() => null)
  // Block size, fragment size, blocks, free blocks, free blocks for this user (PROTOCOL of OpenSSH, 4.4).
  const [, fragmentBytes, , , available] = answer?.kind === 'reply' ? answer.numbers : []
  return fragmentBytes === undefined || available === undefined ? null : fragmentBytes * available
}

function unexpected(session: SftpSession, path: string): SegueError {
  return new SegueError('DESTINATION_FAILED', `${path}: ${session.server} answered something else than was asked.`)
}

/** True for an answer of the server with that status. */
export function hasStatus(error: unknown, code: number): boolean {
  return error instanceof SftpRefusal && error.code === code
}
