/**
 * The one client of the REST API. The command line speaks to Segue through it alone, so that a command does the same whether the
 * API is in this process or behind SEGUE_URL; only the transport differs (api-transports.ts).
 */
import { z } from 'zod'
import { errorTable, fromProblem, SegueError } from './contract/errors.ts'
import type { ErrorCode } from './contract/errors.ts'
import { readEvents } from './server-sent-events.ts'
import type { ServerSentEvent } from './server-sent-events.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface ApiRequest {
  readonly method: Method
  /** Path below /api/v1, encoded: made by `apiPath`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

export interface ApiAnswer {
  readonly status: number
  /** The JSON of the answer; null where there is none. */
  readonly body: unknown
  readonly etag: string | null
}

/** What a transport is asked for: a whole path with its query, text to send. */
export interface TransportRequest {
  readonly method: Method
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly signal: AbortSignal | undefined
}

export interface TransportAnswer {
  readonly status: number
  header(name: string): string | null
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface Transport {
  /** Address of the server; null where the API is in this process. */
  readonly server: string | null
  send(request: TransportRequest): Promise<TransportAnswer>
}

export interface ApiClient {
  /** Address of the server; null where the API is in this process, and runs end with it. */
  readonly server: string | null
  /** Sends a request. Throws the SegueError that the API answered with; SERVER_UNREACHABLE where nobody (or somebody else) answers. */
  send(request: ApiRequest): Promise<ApiAnswer>
  /** Events of a stream until it ends or the signal is aborted. Throws as `send` does. */
  events(request: Omit<ApiRequest, 'method' | 'body'>): AsyncIterable<ServerSentEvent>
  /** The bytes of a file of that content type, as they come; who stops early ends the download. Throws as `send` does, here and while it is read. */
  download(request: Omit<ApiRequest, 'method' | 'body'>, contentType: string): Promise<AsyncIterable<Uint8Array>>
}

const problemDocument = z.object({
  code: z.string(),
  detail: z.string().default(''),
  errors: z
    .array(
      z.object({
        pointer: z.string(),
        message: z.string(),
        code: z.string().refine(isErrorCode).exactOptional(),
        line: z.number().exactOptional(),
        column: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
  line: z.number().exactOptional(),
  column: z.number().exactOptional(),
  users: z.array(z.string()).exactOptional(),
})

/** A path of the API: each segment is encoded, so that names may hold slashes and blanks. */
export function apiPath(...segments: readonly string[]): string {
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('')
}

/** A client over a transport. */
export function createApiClient(transport: Transport): ApiClient {
  async function exchange(request: ApiRequest, accept: string): Promise<TransportAnswer> {
    const answer = await transport.send({
      method: request.method,
      url: `/api/v1${request.path}${queryString(request.query ?? {})}`,
      headers: { accept, ...(request.body !== undefined && { 'content-type': 'application/json' }), ...request.headers },
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      signal: request.signal,
    })
    if (answer.status < 400) return answer
    throw errorOfProblem(jsonOf(transport, await textOf(answer.bytes))) ?? notSegue(transport)
  }

  return {
    server: transport.server,
    async send(request) {
      const answer = await exchange(request, 'application/json')
      const text = await textOf(answer.bytes)
      return { status: answer.status, body: text === '' ? null : jsonOf(transport, text), etag: answer.header('etag') }
    },
    async *events(request) {
      const answer = await exchange({ ...request, method: 'GET' }, 'text/event-stream')
      yield* readEvents(answer.bytes)
    },
    async download(request, contentType) {
      const answer = await exchange({ ...request, method: 'GET' }, contentType)
      if (answer.header('content-type')?.split(';')[0] !== contentType) throw notSegue(transport)
      return answer.bytes
    },
  }
}

function queryString(query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  )
  return given.length === 0 ? '' : `?${given.join('&')}`
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const blocks: Uint8Array[] = []
  for await (const block of bytes) blocks.push(block)
  return Buffer.concat(blocks).toString('utf8')
}

function jsonOf(transport: Transport, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notSegue(transport)
  }
}

/** The error that a problem document of the API tells; null where it is none. */
export function errorOfProblem(document: unknown): SegueError | null {
  const parsed = problemDocument.safeParse(document)
  if (!parsed.success) return null
  const { code, detail } = parsed.data
  if (!isErrorCode(code)) return new SegueError('INTERNAL', `The server answered with ${code}, which this program does not know: ${detail}`)
  return fromProblem({ ...parsed.data, code })
}

/** A newer server may know codes that this program does not. */
function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code)
}

function notSegue(transport: Transport): SegueError {
  return new SegueError('SERVER_UNREACHABLE', `What answers at ${transport.server ?? 'this process'} does not speak like Segue.`)
}
