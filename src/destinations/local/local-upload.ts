import { constants, type Stats } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import type { FileUpload } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { localError } from './local-error.ts'

/**
 * Read and write for all, less what the umask of this process takes away (0644 with the usual one, 0640 with 027): files for
 * partners are collected by other users, and the umask is where the person who runs Segue says which of them may.
 */
const fileMode = 0o666
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** A temporary file of this machine on its way: rendered in place by whoever knows `localPath`, or written block by block. */
export class LocalUpload implements FileUpload {
  readonly localPath: string
  readonly #handle: FileHandle
  readonly #signal: AbortSignal

  /** Makes the file; throws FILE_EXISTS where something of that name is there already. */
  static async create(path: string, signal: AbortSignal): Promise<LocalUpload> {
    const handle = await open(path, newFile, fileMode).catch((error: unknown) => Promise.reject(localError(error, path)))
    return new LocalUpload(path, handle, signal)
  }

  private constructor(path: string, handle: FileHandle, signal: AbortSignal) {
    this.localPath = path
    this.#handle = handle
    this.#signal = signal
  }

  async write(block: Uint8Array): Promise<void> {
    this.#signal.throwIfAborted()
    try {
      for (let done = 0; done < block.length;) done += (await this.#handle.write(block, done)).bytesWritten
    } catch (error) {
      throw localError(error, this.localPath)
    }
  }

  /** Looks at the path, not at the handle: a renderer may have put a new file in its place. */
  async stage(expected: { readonly bytes: number }): Promise<void> {
    this.#signal.throwIfAborted()
    const facts = await this.#sync().catch((error: unknown) => Promise.reject(localError(error, this.localPath)))
    if (!facts.isFile()) throw new SegueError('DESTINATION_FAILED', `${this.localPath} is not a file any more.`)
    if (facts.size === expected.bytes) return
    throw new SegueError('SIZE_MISMATCH', `${this.localPath} has ${facts.size} bytes instead of ${expected.bytes}.`)
  }

  async #sync(): Promise<Stats> {
    await this.#handle.close()
    await using written = await open(this.localPath, constants.O_RDONLY | constants.O_NOFOLLOW)
    await written.sync()
    return await written.stat()
  }

  async abort(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
    await unlink(this.localPath).catch(() => undefined)
  }
}
