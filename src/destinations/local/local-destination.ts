import { lstat, open, unlink } from 'node:fs/promises'
import type { FileDestination, FileFacts, FileTarget, FileUpload } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { errorCode, localError } from './local-error.ts'
import { LocalUpload } from './local-upload.ts'
import { pathInside } from './path-inside.ts'
import { publishBeside, publishOver } from './publish.ts'

/** Files below one folder of this machine. */
export class LocalDestination implements FileDestination {
  readonly #folder: string
  readonly #signal: AbortSignal

  constructor(folder: string, signal: AbortSignal) {
    this.#folder = folder
    this.#signal = signal
  }

  async begin(target: FileTarget): Promise<FileUpload> {
    this.#signal.throwIfAborted()
    await pathInside(this.#folder, target.name, true)
    const temporary = await pathInside(this.#folder, target.temporaryName, true)
    return LocalUpload.create(temporary.path, this.#signal)
  }

  async publish(target: FileTarget, existing: 'fail' | 'replace'): Promise<void> {
    this.#signal.throwIfAborted()
    const temporary = await pathInside(this.#folder, target.temporaryName, false)
    // The name may hold the number of rows, and so a folder that was not there when the upload began.
    const { path, folders } = await pathInside(this.#folder, target.name, true)
    if (existing === 'replace') await publishOver(temporary.path, path)
    else if (!(await publishBeside(temporary.path, path)))
      throw new SegueError('FILE_EXISTS', `${target.name} is in ${this.#folder} already.`)
    for (const folder of folders) await syncFolder(folder)
  }

  async stat(name: string): Promise<FileFacts | null> {
    const { path } = await pathInside(this.#folder, name, false)
    try {
      const facts = await lstat(path)
      return facts.isDirectory() ? null : { bytes: facts.size }
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null
      throw localError(error, path)
    }
  }

  async discard(temporaryName: string): Promise<boolean> {
    const { path } = await pathInside(this.#folder, temporaryName, false)
    try {
      await unlink(path)
      return true
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false
      throw localError(error, path)
    }
  }

  async close(): Promise<void> {}
}

/** A new name survives a power cut only when its folder was synced; file systems that cannot sync folders say EINVAL. */
async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    const code = errorCode(error)
    // A folder that may be written but not read cannot be opened for it; the file is published all the same.
    if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EACCES') throw localError(error, folder)
  }
}
