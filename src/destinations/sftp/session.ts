import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Client, SFTPWrapper } from 'ssh2'
import { SegueError } from '../../contract/errors.ts'
import type { MetHostKey } from './host-key.ts'
import { readServerFacts, type ServerFacts } from './server-facts.ts'
import { printable, SftpRefusal, status } from './sftp-error.ts'

/** How long a server may take to hang up after the goodbye; nothing is lost with it. */
const goodbyeLimitMs = 2000

type Answer<T> = (error: Error | null | undefined, value: T) => void
type Start<T> = (sftp: SFTPWrapper, answer: Answer<T>) => void

/** A signed-in connection with its SFTP channel. */
export interface SessionParts {
  readonly client: Client
  readonly socket: Socket
  readonly sftp: SFTPWrapper
  /** `host:port`, for messages. */
  readonly server: string
  /** The cipher agreed on, client to server. */
  readonly cipher: string
  readonly hostKey: MetHostKey
  readonly signal: AbortSignal
}

/**
 * Requests on one SFTP channel. Once the connection is gone, every request that waits and every later one fails with
 * DESTINATION_LOST, or with the signal's reason where the signal ended it: ssh2 alone would leave some of them without an answer.
 */
export class SftpSession {
  readonly facts: ServerFacts
  readonly server: string
  readonly cipher: string
  readonly hostKey: MetHostKey
  readonly #client: Client
  readonly #socket: Socket
  readonly #sftp: SFTPWrapper
  readonly #waiting = new Set<(reason: unknown) => void>()
  readonly #unhook: () => void
  #over: { readonly reason: unknown } | undefined

  constructor({ client, socket, sftp, server, cipher, hostKey, signal }: SessionParts) {
    this.facts = readServerFacts(sftp)
    this.server = server
    this.cipher = cipher
    this.hostKey = hostKey
    this.#client = client
    this.#socket = socket
    this.#sftp = sftp
    const lose = (why: string) => this.#finish(new SegueError('DESTINATION_LOST', `${server}: ${why}.`))
    client.on('error', (error) => lose(printable(error.message)))
    client.on('close', () => lose('the connection ended'))
    sftp.on('error', (error: Error) => lose(printable(error.message)))
    sftp.on('close', () => lose('the server closed the SFTP channel'))
    const stop = () => this.#finish(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    this.#unhook = () => signal.removeEventListener('abort', stop)
    if (signal.aborted) stop()
    // What arrives makes ssh2 send several small pieces at once; held back until it is done, they leave in one system call.
    socket.prependListener('data', () => this.#hold())
  }

  /** Sends one request and waits for its answer. Throws SftpRefusal for a status other than OK. */
  async request<T>(start: Start<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#over) return reject(this.#over.reason)
      this.#waiting.add(reject)
      this.#hold()
      start(this.#sftp, (error, value) => {
        this.#waiting.delete(reject)
        if (error) reject(this.#over?.reason ?? this.#refusal(error))
        else resolve(value)
      })
    })
  }

  /** Throws where the connection is over, as a request would. */
  assertOpen(): void {
    if (this.#over) throw this.#over.reason
  }

  /** Says goodbye where there is still somebody to hear it, and ends the connection. */
  async close(): Promise<void> {
    if (this.#over) return
    const closed = once(this.#client, 'close').catch(() => undefined)
    const impatient = setTimeout(() => this.#socket.destroy(), goodbyeLimitMs)
    this.#client.end()
    await closed
    clearTimeout(impatient)
  }

  #refusal(error: Error): unknown {
    const code = 'code' in error && typeof error.code === 'number' ? error.code : undefined
    if (code !== undefined && code !== status.noConnection && code !== status.connectionLost) return new SftpRefusal(code, error.message)
    return new SegueError('DESTINATION_LOST', `${this.server}: ${printable(error.message)}.`, { cause: error })
  }

  #hold(): void {
    this.#socket.cork()
    process.nextTick(() => this.#socket.uncork())
  }

  #finish(reason: unknown): void {
    if (this.#over) return
    this.#over = { reason }
    this.#unhook()
    this.#socket.destroy()
    for (const reject of this.#waiting) reject(reason)
    this.#waiting.clear()
  }
}
