import { posix } from 'node:path'
import type { FileDestination, FileFacts, FileTarget, FileUpload } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { splitName } from '../target-name.ts'
import { publishBeside, publishOver } from './publish.ts'
import { createFile, lookAt, makeFolder, removeFile } from './remote-files.ts'
import type { SftpSession } from './session.ts'
import { SftpRefusal, sftpError, status } from './sftp-error.ts'
import { SftpUpload } from './sftp-upload.ts'

export interface Placement {
  /** The destination's folder on the server; relative ones start where the user arrives. */
  readonly folder: string
  readonly permissions: number | null
  readonly removeThenRename: boolean
}

/** Files below one folder of an SFTP server. */
export class SftpDestination implements FileDestination {
  readonly #session: SftpSession
  readonly #placement: Placement

  constructor(session: SftpSession, placement: Placement) {
    this.#session = session
    this.#placement = placement
  }

  async begin(target: FileTarget): Promise<FileUpload> {
    await this.#makeFolders(target.name)
    await this.#makeFolders(target.temporaryName)
    const path = this.#path(target.temporaryName)
    const handle = await this.#create(path)
    return new SftpUpload({ session: this.#session, path, handle, permissions: this.#placement.permissions })
  }

  async publish(target: FileTarget, existing: 'fail' | 'replace'): Promise<void> {
    const staged = { temporary: this.#path(target.temporaryName), final: this.#path(target.name) }
    // The name may hold the number of rows, and so a folder that was not there when the upload began.
    await this.#makeFolders(target.name)
    if (existing === 'replace') await publishOver(this.#session, staged, this.#placement.removeThenRename)
    else if (!(await publishBeside(this.#session, staged)))
      throw new SegueError('FILE_EXISTS', `${staged.final} is on ${this.#session.server} already.`)
  }

  async stat(name: string): Promise<FileFacts | null> {
    const facts = await lookAt(this.#session, this.#path(name))
    if (facts === null || facts.folder) return null
    if (facts.bytes !== null) return { bytes: facts.bytes }
    throw new SegueError('DESTINATION_FAILED', `${this.#session.server} does not tell the size of ${this.#path(name)}.`)
  }

  async discard(temporaryName: string): Promise<boolean> {
    return removeFile(this.#session, this.#path(temporaryName))
  }

  async close(): Promise<void> {
    await this.#session.close()
  }

  #path(name: string): string {
    const { folders, file } = splitName(name)
    return posix.join(this.#placement.folder, ...folders, file)
  }

  /** Folders that are part of a file name are made; the destination's own folder has to be there. */
  async #makeFolders(name: string): Promise<void> {
    const { folder } = this.#placement
    const { folders } = splitName(name)
    if (folders.length > 0 && (await lookAt(this.#session, folder)) === null) throw this.#folderMissing()
    for (let depth = 1; depth <= folders.length; depth++) {
      await makeFolder(this.#session, posix.join(folder, ...folders.slice(0, depth)))
    }
  }

  async #create(path: string): Promise<Buffer> {
    try {
      return await createFile(this.#session, path)
    } catch (error) {
      if (!(error instanceof SftpRefusal) || error.code === status.permissionDenied) throw sftpError(error, path)
      if (error.code === status.noSuchFile) throw this.#folderMissing()
      // Version 3 answers "Failure" to a name that is taken as to most other things.
      if ((await lookAt(this.#session, path)) === null) throw sftpError(error, path)
      throw new SegueError('FILE_EXISTS', `${path} is on ${this.#session.server} already.`)
    }
  }

  #folderMissing(): SegueError {
    return new SegueError('FOLDER_MISSING', `${this.#placement.folder} is not on ${this.#session.server}.`)
  }
}
