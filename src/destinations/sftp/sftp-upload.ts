import type { FileUpload } from '../../contract/destination.ts'
import { SegueError } from '../../contract/errors.ts'
import { completeWrite, requests, writeOverhead } from './protocol.ts'
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
  /** Buffers of write requests that were answered: they are used again, since new ones would keep the garbage collector busy. */
  readonly #spare: Buffer[] = []
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

  /** The block is copied, so it is free again when this resolves. */
  async write(block: Uint8Array): Promise<void> {
    const { blockBytes, requestsAtOnce } = this.#session.facts
    for (let offset = 0; offset < block.length; offset += blockBytes) {
      await this.#until(() => this.#underWay < requestsAtOnce)
      this.#send(block.subarray(offset, offset + blockBytes))
    }
  }

  async stage(expected: { readonly bytes: number }): Promise<void> {
    await this.#until(() => this.#underWay === 0)
    await this.#finish().catch((error: unknown) => this.#explain(error))
    const facts = await lookAt(this.#session, this.#path)
    if (facts?.bytes === expected.bytes) return
    const found = facts === null ? 'is gone' : `has ${facts.bytes ?? 'an unknown number of'} bytes`
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

  #send(bytes: Uint8Array): void {
    const overhead = writeOverhead(this.#handle.length)
    const buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(overhead + this.#session.facts.blockBytes)
    buffer.set(bytes, overhead)
    const position = this.#position
    this.#position += bytes.length
    this.#underWay++
    this.#session
      .ask((id) => completeWrite(buffer, id, this.#handle, position, bytes.length))
      .then(
        () => this.#spare.push(buffer),
        (error: unknown) => (this.#failure ??= { error }),
      )
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
    if (extensions.has('fsync@openssh.com')) await this.#session.ask(requests.extended('fsync@openssh.com', this.#handle))
    if (this.#permissions !== null) await this.#session.ask(requests.setPermissions(this.#handle, this.#permissions))
    await this.#close()
  }

  async #close(): Promise<void> {
    this.#closed = true
    await this.#session.ask(requests.close(this.#handle))
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
