import { createBufferPool, type BufferPool } from '../../contract/buffer-pool.ts'
import type { BatchAnswer, DestinationContext, RecordBatch, RecordDestination } from '../../contract/destination.ts'
import type { HttpAnswer } from '../../contract/net.ts'
import { describeExchange, withExchange } from './exchange.ts'
import { createMask, type Mask } from './masking.ts'
import { bodyTemplateOf, type HttpSettings } from './parse-settings.ts'
import { readAnswer } from './read-answer.ts'
import { renderBody, type BodyForm } from './request-body.ts'
import { requestHeaders, type RequestHeaders } from './request-headers.ts'
import type { HttpSecrets } from './settings.ts'

type World = Pick<DestinationContext, 'net' | 'clock'>

/** A URL that takes batches of JSON objects. It holds no connection of its own: the network keeps them. */
export class HttpDestination implements RecordDestination {
  readonly #settings: HttpSettings
  readonly #world: World
  readonly #headers: RequestHeaders
  readonly #mask: Mask
  readonly #form: BodyForm
  readonly #buffers: BufferPool

  constructor(settings: HttpSettings, secrets: HttpSecrets, world: World) {
    this.#settings = settings
    this.#world = world
    this.#headers = requestHeaders(settings, secrets)
    this.#mask = createMask([...Object.values(secrets).filter((secret) => secret !== undefined), ...this.#headers.derived])
    this.#buffers = createBufferPool(settings.parallel)
    this.#form = settings.format === 'ndjson' ? { format: 'ndjson' } : { format: 'json', template: bodyTemplateOf(settings) }
  }

  async send(batch: RecordBatch, signal: AbortSignal): Promise<BatchAnswer> {
    const { url, method } = this.#settings
    const key = this.#keyOf(batch)
    const { bytes: body, giveBack } = renderBody(this.#form, batch, this.#buffers)
    const answer = await this.#request(method, { ...this.#headers.sent, ...key }, body, signal)
    const exchange = describeExchange({ method, url, headers: { ...this.#headers.shown, ...key }, body }, answer, this.#mask)
    // After a failure, or an early answer, somebody may still be sending them.
    if (answer.sentWhole) giveBack()
    return withExchange(readAnswer(answer, batch.rows, this.#settings, this.#world.clock()), exchange, this.#mask)
  }

  /** Asks whether somebody is there, without a row. */
  async knock(signal: AbortSignal): Promise<{ readonly status: number; readonly location: string | null }> {
    const { 'content-type': _, ...headers } = this.#headers.sent
    const answer = await this.#request(this.#settings.testMethod, headers, null, signal)
    const location = answer.headers['location']
    return { status: answer.status, location: location === undefined ? null : this.#mask.cut(location, 500) }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #keyOf({ id }: RecordBatch): Record<string, string> {
    const name = this.#settings.idempotencyHeader
    return name === undefined ? {} : { [name.toLowerCase()]: id }
  }

  #request(method: string, headers: Readonly<Record<string, string>>, body: Uint8Array | null, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, connectSeconds, answerSeconds, bodySeconds, totalSeconds, answerBytes } = this.#settings
    return this.#world.net.request({
      url,
      method,
      headers,
      body,
      limits: {
        connectMs: connectSeconds * 1000,
        headersMs: answerSeconds * 1000,
        bodyMs: bodySeconds * 1000,
        totalMs: totalSeconds * 1000,
      },
      maxAnswerBytes: answerBytes,
      signal,
    })
  }
}
