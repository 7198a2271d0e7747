import type { FileUpload } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { freeBytes, lookAt, removeFile } from './remote-files.ts'
import type { SftpSession } from './session.ts'
import { SftpRefusal, sftpError, status } from './sftp-error.ts'

export interface UploadOptions {
  readonly session: SftpSession
  readonly path: string
  readonly handle: Buffer
  /** Permission bits to set on the finished file; null leaves them to the server. */
  readonly permissions: number | null
}

/**
 * A temporary file on the server on its way. Many write requests are under way at once, since waiting for each answer would cost a
 * round trip per block; `write` waits while there are as many as the server takes, so that memory stays bounded.
 */
export class SftpUpload implements FileUpload {
  readonly #session: SftpSession
  readonly #path: string
  readonly #handle: Buffer
  readonly #permissions: number | null
  #position = 0
  #underWay = 0
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined
  #closed = false

  constructor({ session, path, handle, permissions }: UploadOptions) {
    this.#session = session
    this.#path = path
    this.#handle = handle
    this.#permissions = permissions
  }

  async write(block: Uint8Array): Promise<void> {
    const { blockBytes, requestsAtOnce } = this.#session.facts
    const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
    for (let offset = 0; offset < bytes.length; offset += blockBytes) {
      await this.#until(() => this.#underWay < requestsAtOnce)
      this.#send(bytes, offset, Math.min(blockBytes, bytes.length - offset))
    }
  }

  async stage(expected: { readonly bytes: number }): Promise<void> {
    await this.#until(() => this.#underWay === 0)
    await this.#finish().catch((error: unknown) => this.#explain(error))
    const facts = await lookAt(this.#session, this.#path)
    if (facts?.bytes === expected.bytes) return
    const found = facts === null ? 'is gone' : `has ${facts.bytes} bytes`
    throw new SegueError('SIZE_MISMATCH', `${this.#path} ${found} on the server; ${expected.bytes} bytes were expected.`)
  }

  async abort(): Promise<void> {
    try {
      if (!this.#closed) await this.#close().catch(() => undefined)
      await removeFile(this.#session, this.#path)
    } catch {
      // The connection is gone: what was written is discarded by its name, over a new one.
    }
  }

  /** ssh2 copies the bytes at once, so the block is free again when this returns. */
  #send(bytes: Buffer, offset: number, length: number): void {
    const position = this.#position
    this.#position += length
    this.#underWay++
    this.#session
      .request<void>((sftp, answer) => sftp.write(this.#handle, bytes, offset, length, position, (error) => answer(error, undefined)))
      .catch((error: unknown) => (this.#failure ??= { error }))
      .finally(() => {
        this.#underWay--
        this.#wake?.()
      })
  }

  async #until(met: () => boolean): Promise<void> {
    this.#session.assertOpen()
    while (!this.#failure && !met()) await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#failure) await this.#explain(this.#failure.error)
  }

  async #finish(): Promise<void> {
    const { extensions } = this.#session.facts
    if (extensions.has('fsync@openssh.com')) {
      await this.#session.request<void>((sftp, answer) => sftp.ext_openssh_fsync(this.#handle, (error) => answer(error, undefined)))
    }
    const permissions = this.#permissions
    if (permissions !== null) {
      await this.#session.request<void>((sftp, answer) => sftp.fchmod(this.#handle, permissions, (error) => answer(error, undefined)))
    }
    await this.#close()
  }

  async #close(): Promise<void> {
    this.#closed = true
    await this.#session.request<void>((sftp, answer) => sftp.close(this.#handle, (error) => answer(error, undefined)))
  }

  /** Version 3 has no status for a full disk: OpenSSH answers "Failure" to it. What is free tells whether it was that. */
  async #explain(error: unknown): Promise<never> {
    if (error instanceof SftpRefusal && error.code === status.failure) {
      const free = await freeBytes(this.#session, this.#path)
      if (free !== null && free < this.#session.facts.blockBytes) {
        throw new SegueError('DISK_FULL', `${this.#path}: there is no room left on the disk of ${this.#session.server}.`, { cause: error })
      }
      const hint = free === null ? 'the disk or quota may be full' : 'a quota may be used up'
      throw new SegueError('DESTINATION_FAILED', `${this.#path}: the server stopped taking data ("${error.message}"); ${hint}.`, {
        cause: error,
      })
    }
    throw sftpError(error, this.#path)
  }
}
