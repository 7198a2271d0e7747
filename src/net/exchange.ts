import { errors } from 'undici'
import type { Dispatcher } from 'undici'
import { SegueError } from '../contract/errors.ts'
import type { HttpRequest } from '../contract/net.ts'
import type { Place } from './checked-request.ts'
import { exchangeFailure } from './exchange-failure.ts'
import { watchLimits } from './exchange-limits.ts'
import type { HttpConnection } from './kept-connections.ts'
import { hostAndPort } from './unreachable.ts'

/** An answer as it came: the body may be compressed. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly sentWhole: boolean
}

/**
 * Sends one request on a connection and reads the whole answer; `totalMs` is what is left of the request's time. Null where the connection
 * turned out to be closed before a byte of the request was written, so that it can be sent on another one.
 *
 * The limit of the headers counts from when the operating system has taken the whole request, and while it is taken it limits the time
 * without progress. After a failure the connection is gone.
 * @throws SegueError DESTINATION_LOST, ANSWER_TIMEOUT, ANSWER_TOO_LARGE, ANSWER_INVALID; the signal's reason
 */
export function exchange(
  { client, socket }: HttpConnection,
  place: Place,
  request: HttpRequest,
  totalMs: number,
): Promise<RawAnswer | null> {
  const { method, headers, body, limits, maxAnswerBytes, signal } = request
  const server = hostAndPort(place.host, place.port)

  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let head: Omit<RawAnswer, 'body' | 'sentWhole'> | undefined
    let controller: Dispatcher.DispatchController | undefined
    /** Why this side ended it. */
    let ended: Error | undefined

    const end = (error: Error): void => {
      ended ??= error
      // Before it has started there is nothing to abort; when it starts, it is.
      if (controller !== undefined) return controller.abort(ended)
      fail(ended)
    }
    const fail = (error: Error): void => {
      quiet()
      reject(signal.aborted ? signal.reason : (ended ?? error))
    }
    const tooLarge = () => new SegueError('ANSWER_TOO_LARGE', `${server} sends an answer of more than ${maxAnswerBytes} bytes.`)
    const aborted = () => end(new Error('aborted'))
    const watch = watchLimits(socket, limits, totalMs, (limit, ms) =>
      end(new SegueError('ANSWER_TIMEOUT', `${server} did not answer in time: ${limit} within ${ms / 1000} s.`)),
    )
    const quiet = (): void => {
      watch.stop()
      signal.removeEventListener('abort', aborted)
    }
    signal.addEventListener('abort', aborted, { once: true })

    client.dispatch(
      { path: place.path, method, headers: { ...headers }, body },
      {
        onRequestStart(given) {
          controller = given
          // It may have been aborted before there was a listener.
          if (signal.aborted) aborted()
          else if (ended !== undefined) given.abort(ended)
          else watch.sending()
        },
        onRequestSent: () => watch.sent(),
        onResponseStart(_controller, status, given) {
          // Informational answers (RFC 9110 section 15.2) come before the one that counts.
          if (status < 200) return
          watch.answering()
          head = { status, headers: joined(given) }
          if (method !== 'HEAD' && Number(head.headers['content-length']) > maxAnswerBytes) end(tooLarge())
        },
        onResponseData(_controller, chunk) {
          size += chunk.length
          if (size > maxAnswerBytes) end(tooLarge())
          else chunks.push(chunk)
        },
        onResponseEnd() {
          // A body that ends with the connection (RFC 9112 section 6.3) is whole only where that was closed in good order.
          if (socket.errored) return fail(exchangeFailure(server, socket.errored, true))
          if (head === undefined) return fail(exchangeFailure(server, new Error('there was no answer'), true))
          quiet()
          resolve({ ...head, body: Buffer.concat(chunks, size), sentWhole: socket.writableLength === 0 })
        },
        onResponseError(_controller, error) {
          // What undici finds wrong with an answer it gives to the socket as the reason to close it.
          const cut = socket.readableEnded || socket.errored !== error
          if (ended !== undefined || controller !== undefined) return fail(exchangeFailure(server, error, cut))
          quiet()
          // What undici refuses to send would be refused on every connection.
          if (error instanceof errors.InvalidArgumentError) reject(error)
          else resolve(null)
        },
      },
    )
  })
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))
}
