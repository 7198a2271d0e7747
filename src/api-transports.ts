/** The two ways to the API: inside this process, or over HTTP to a server. */
import type { FastifyInstance } from 'fastify'
import { Readable } from 'node:stream'
import { SegueError } from './contract/errors.ts'
import type { Transport } from './api-client.ts'

/** The API of a Fastify server in this process, without a socket. */
export function inProcessTransport(server: FastifyInstance): Transport {
  return {
    server: null,
    async send(request) {
      const answer = await server.inject({
        method: request.method,
        url: request.url,
        // The name that the server's Host check lets in; there is no port, as there is no socket.
        headers: { host: '127.0.0.1', ...request.headers },
        ...(request.body !== undefined && { payload: request.body }),
        ...(request.signal && { signal: request.signal }),
        payloadAsStream: true,
      })
      return {
        status: answer.statusCode,
        header: (name) => headerText(answer.headers[name]),
        bytes: untilLeft(answer.stream(), () => answer.raw.res.destroy()),
      }
    },
  }
}

/**
 * Who stops reading a stream leaves it, as a closed socket would: without that the route goes on for nobody. (An aborted signal would leave it as
 * well, but as a failure of the request, which is logged.)
 */
async function* untilLeft(body: AsyncIterable<Uint8Array>, leave: () => void): AsyncGenerator<Uint8Array> {
  let whole = false
  try {
    yield* body
    whole = true
  } finally {
    if (!whole) leave()
  }
}

/** The API of a server. `fetch` is the world's; SERVER_UNREACHABLE says where nobody answers, or the answer breaks off. */
export function httpTransport(url: string, fetch: typeof globalThis.fetch): Transport {
  return {
    server: url,
    async send(request) {
      try {
        const answer = await fetch(`${url}${request.url}`, {
          method: request.method,
          headers: request.headers,
          ...(request.body !== undefined && { body: request.body }),
          ...(request.signal && { signal: request.signal }),
          redirect: 'error',
        })
        const body = answer.body === null ? Readable.from([]) : Readable.fromWeb(answer.body)
        return {
          status: answer.status,
          header: (name) => answer.headers.get(name),
          bytes: unbroken(url, body, request.signal),
        }
      } catch (error) {
        throw unreachable(url, error, request.signal)
      }
    },
  }
}

async function* unbroken(url: string, body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw unreachable(url, error, signal)
  }
}

function unreachable(url: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason
  return new SegueError('SERVER_UNREACHABLE', `${url} does not answer (${reasonOf(error)}).`, { cause: error })
}

/** fetch hides the reason of a failed connection in `cause`. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return String(cause)
}

function headerText(value: number | string | readonly string[] | undefined): string | null {
  if (value === undefined) return null
  return typeof value === 'object' ? value.join(', ') : String(value)
}
