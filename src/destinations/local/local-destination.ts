import { lstat, open, unlink } from 'node:fs/promises'
import type { ExistingFile, FileDestination, FileFacts, FileTarget, FileUpload } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { mostNumbers, numberedName } from '../target-name.ts'
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

  async publish(target: FileTarget, existing: ExistingFile): Promise<string> {
    this.#signal.throwIfAborted()
    const temporary = await pathInside(this.#folder, target.temporaryName, false)
    const name =
      existing === 'replace' ? await this.#replace(temporary.path, target.name) : await this.#add(temporary.path, target.name, existing)
    const { folders } = await pathInside(this.#folder, name, false)
    for (const folder of folders) await syncFolder(folder)
    return name
  }

  async #replace(temporary: string, name: string): Promise<string> {
    await publishOver(temporary, (await pathInside(this.#folder, name, false)).path)
    return name
  }

  async #add(temporary: string, name: string, existing: 'fail' | 'number'): Promise<string> {
    const last = existing === 'fail' ? 0 : mostNumbers
    for (let number = 0; number <= last; number++) {
      const candidate = numberedName(name, number)
      const { path } = await pathInside(this.#folder, candidate, false)
      if (await publishBeside(temporary, path)) return candidate
    }
    throw new SegueError('FILE_EXISTS', `${name} is in ${this.#folder} already${last > 0 ? `, and so are ${last} numbered ones` : ''}.`)
  }

  async stat(name: string): Promise<FileFacts | null> {
    const { path } = await pathInside(this.#folder, name, false)
    try {
      const facts = await lstat(path, { bigint: true })
      return facts.isDirectory() ? null : { bytes: Number(facts.size), identity: `${facts.dev}:${facts.ino}` }
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
