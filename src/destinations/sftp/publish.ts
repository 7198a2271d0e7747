import { SegueError } from '../../contract/errors.ts'
import { hasStatus, lookAt, removeFile, renameBeside, renameOver } from './remote-files.ts'
import type { SftpSession } from './session.ts'
import { SftpRefusal, sftpError, status } from './sftp-error.ts'

/** The two paths of a staged file. */
export interface Staged {
  readonly temporary: string
  readonly final: string
}

/**
 * Puts the temporary file in the place of whatever file has the final name: in one step where the server offers that, or where its
 * plain rename does so. Elsewhere the old file is removed first, only where the setting allows it: a reader may then meet no file at
 * all for a moment. Throws CANNOT_RENAME, PERMISSION_DENIED, DESTINATION_FAILED.
 */
export async function publishOver(session: SftpSession, staged: Staged, removeThenRename: boolean): Promise<void> {
  if (await renameInOneStep(session, staged)) return
  if (await renamePlain(session, staged)) return
  const { temporary, final } = staged
  if (!removeThenRename) {
    throw new SegueError('CANNOT_RENAME', `${session.server} does not rename ${temporary} over ${final}, which is there already.`)
  }
  // Nothing is removed for a file that is not there to take its place.
  if ((await lookAt(session, temporary)) === null) throw cannotPublish(staged, 'the temporary file is gone')
  await removeFile(session, final)
  if (!(await renamePlain(session, staged))) throw cannotPublish(staged, 'somebody made a file of that name in the meantime')
}

/**
 * Gives the temporary file its final name unless something has that name: false then. The look comes first for servers whose rename
 * replaces against the specification; between two writers the rename itself decides.
 */
export async function publishBeside(session: SftpSession, staged: Staged): Promise<boolean> {
  if ((await lookAt(session, staged.final)) !== null) return false
  return renamePlain(session, staged)
}

/** False where the server does not offer it. */
async function renameInOneStep(session: SftpSession, staged: Staged): Promise<boolean> {
  if (!session.facts.extensions.has('posix-rename@openssh.com')) return false
  try {
    await renameOver(session, staged.temporary, staged.final)
    return true
  } catch (error) {
    if (hasStatus(error, status.unsupported)) return false
    throw renameError(error, staged)
  }
}

/** False where the new name is taken: version 3 has no status for that, so a refusal is looked into. */
async function renamePlain(session: SftpSession, staged: Staged): Promise<boolean> {
  try {
    await renameBeside(session, staged.temporary, staged.final)
    return true
  } catch (error) {
    const unclear = error instanceof SftpRefusal && error.code !== status.noSuchFile && error.code !== status.permissionDenied
    const taken = unclear ? await lookAt(session, staged.final) : null
    if (taken?.folder === true) throw cannotPublish(staged, 'a folder has that name')
    if (taken !== null) return false
    throw renameError(error, staged)
  }
}

function renameError(error: unknown, staged: Staged): unknown {
  if (hasStatus(error, status.noSuchFile)) return cannotPublish(staged, 'the temporary file or the folder is gone')
  return sftpError(error, staged.final)
}

function cannotPublish({ temporary, final }: Staged, why: string): SegueError {
  return new SegueError('DESTINATION_FAILED', `${temporary} cannot be published as ${final}: ${why}.`)
}
