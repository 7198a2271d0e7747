import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Client, ClientChannel } from 'ssh2'
import { SegueError } from '../../contract/errors.ts'
import type { MetHostKey } from './host-key.ts'
import { PacketStream } from './packet-stream.ts'
import { decodeAnswer, initialize, requests, type Answer, type Request } from './protocol.ts'
import { serverFacts, type ServerFacts } from './server-facts.ts'
import { printable, SftpRefusal, status } from './sftp-error.ts'
import { serverSoftware } from './ssh2-inside.ts'

/** How long a server may take to hang up after the goodbye; nothing is lost with it. */
const goodbyeLimitMs = 2000
const mostRequestId = 0xff_ff_ff_ff

/** A signed-in connection with the channel of its SFTP subsystem. */
export interface SessionParts {
  readonly client: Client
  readonly socket: Socket
  readonly channel: ClientChannel
  /** `host:port`, for messages. */
  readonly server: string
  /** The cipher agreed on, client to server. */
  readonly cipher: string
  readonly hostKey: MetHostKey
  readonly signal: AbortSignal
}

interface Waiting {
  resolve(answer: Answer): void
  reject(reason: unknown): void
}

/**
 * Requests on one SFTP channel, answered in any order. Once the connection is gone, every request that waits and every later one fails
 * with DESTINATION_LOST, or with the signal's reason where the signal ended it.
 */
export class SftpSession {
  readonly server: string
  readonly cipher: string
  readonly hostKey: MetHostKey
  facts: ServerFacts = serverFacts('', [], null)
  readonly #client: Client
  readonly #socket: Socket
  readonly #channel: ClientChannel
  readonly #waiting = new Map<number, Waiting>()
  readonly #unhook: () => void
  #lastId = 0
  #over: { readonly reason: unknown } | undefined

  /** Starts SFTP on the channel, and learns what the server can do. */
  static async start(parts: SessionParts): Promise<SftpSession> {
    const session = new SftpSession(parts)
    const { extensions } = await session.#version()
    const limits = extensions.get('limits@openssh.com') === '1' ? await session.ask(requests.extended('limits@openssh.com')) : null
    // Its third number is the most that a write request may carry (PROTOCOL of OpenSSH, 4.8).
    const mostBytes = limits?.kind === 'reply' ? (limits.numbers[2] ?? null) : null
    session.facts = serverFacts(serverSoftware(parts.client), extensions.keys(), mostBytes)
    return session
  }

  private constructor({ client, socket, channel, server, cipher, hostKey, signal }: SessionParts) {
    this.server = server
    this.cipher = cipher
    this.hostKey = hostKey
    this.#client = client
    this.#socket = socket
    this.#channel = channel
    client.on('error', (error) => this.#lose(printable(error.message)))
    client.on('close', () => this.#lose('the connection ended'))
    channel.on('error', (error: Error) => this.#lose(printable(error.message)))
    channel.on('close', () => this.#lose('the server closed the SFTP channel'))
    const stop = () => this.#finish(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    this.#unhook = () => signal.removeEventListener('abort', stop)
    if (signal.aborted) stop()
    const packets = new PacketStream()
    channel.on('data', (chunk: Buffer) => this.#receive(packets, chunk))
    channel.stderr.resume()
    // What arrives makes ssh2 send several small pieces at once; held back until it is done, they leave in one system call.
    socket.prependListener('data', () => this.#hold())
  }

  /** Sends one request and waits for its answer. Throws SftpRefusal for a status other than OK. */
  async ask(request: Request): Promise<Answer> {
    this.assertOpen()
    this.#lastId = this.#lastId === mostRequestId ? 1 : this.#lastId + 1
    const answer = this.#answerTo(this.#lastId)
    this.#send(request(this.#lastId))
    return answer
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

  /** The version is the one answer without an id; it waits under 0, which no request has. */
  async #version(): Promise<Extract<Answer, { kind: 'version' }>> {
    this.assertOpen()
    const answer = this.#answerTo(0)
    this.#send(initialize)
    const version = await answer
    if (version.kind === 'version') return version
    throw new SegueError('DESTINATION_FAILED', `${this.server} does not speak SFTP as expected.`)
  }

  #answerTo(id: number): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #send(bytes: Buffer): void {
    this.#hold()
    this.#channel.write(bytes)
  }

  #receive(packets: PacketStream, chunk: Buffer): void {
    try {
      for (const packet of packets.push(chunk)) this.#settle(decodeAnswer(packet))
    } catch (error) {
      const why = error instanceof Error ? printable(error.message) : 'an answer that cannot be read'
      this.#finish(new SegueError('DESTINATION_FAILED', `${this.server} answered ${why}.`, { cause: error }))
    }
  }

  #settle(answer: Answer): void {
    const id = answer.kind === 'version' ? 0 : answer.id
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (answer.kind === 'status' && answer.code !== status.ok) waiting?.reject(new SftpRefusal(answer.code, answer.text))
    else waiting?.resolve(answer)
  }

  #hold(): void {
    this.#socket.cork()
    process.nextTick(() => this.#socket.uncork())
  }

  #lose(why: string): void {
    this.#finish(new SegueError('DESTINATION_LOST', `${this.server}: ${why}.`))
  }

  #finish(reason: unknown): void {
    if (this.#over) return
    this.#over = { reason }
    this.#unhook()
    this.#socket.destroy()
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
  }
}
