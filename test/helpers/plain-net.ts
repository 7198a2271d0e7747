/** The network of a connector over plain node:http, with the errors and the four limits of the contract, for tests on loopback. */
import { once } from 'node:events'
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { SegueError, type ErrorCode } from '../../src/contract/errors.ts'
import type { HttpAnswer, HttpRequest, Net } from '../../src/contract/net.ts'
import { parseAllowHosts } from '../../src/net/allow-hosts.ts'
import { createNet } from '../../src/net/net.ts'

export interface PlainNet extends Net, Disposable {}

export function createPlainNet(): PlainNet {
  const agent = new Agent({ keepAlive: true })
  return {
    connect: createNet({ allow: parseAllowHosts('127.0.0.1'), store: null }).connect,
    request: (request) => send(agent, request),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

async function send(agent: Agent, { url, method, headers, body, limits, maxAnswerBytes, signal }: HttpRequest): Promise<HttpAnswer> {
  signal.throwIfAborted()
  let connected = false
  const request = httpRequest(url, { agent, method, headers: { ...headers, 'content-length': String(body?.length ?? 0) } })
  let said: SegueError | null = null
  const fail = (code: ErrorCode, detail: string): void => {
    said ??= new SegueError(code, `${new URL(url).host}: ${detail}.`)
    request.destroy()
  }
  const timeOut = (what: string) =>
    connected ? fail('ANSWER_TIMEOUT', what) : fail('DESTINATION_UNREACHABLE', `not connected in time (${what})`)
  const abort = (): void => void request.destroy()
  const total = setTimeout(timeOut, limits.totalMs, 'no whole answer in time')
  let phase = setTimeout(timeOut, limits.connectMs, 'no connection in time')
  const next = (ms: number, what: string): void => {
    clearTimeout(phase)
    phase = setTimeout(timeOut, ms, what)
  }
  const onConnected = (): void => {
    connected = true
    next(limits.headersMs, 'no answer in time')
  }
  request.once('socket', (socket) => (socket.connecting ? socket.once('connect', onConnected) : onConnected()))
  signal.addEventListener('abort', abort, { once: true })
  try {
    const response = await answerTo(request, body)
    const chunks: Buffer[] = []
    let length = 0
    next(limits.bodyMs, 'silence within the answer')
    for await (const chunk of response as AsyncIterable<Buffer>) {
      next(limits.bodyMs, 'silence within the answer')
      chunks.push(chunk)
      length += chunk.length
      if (length > maxAnswerBytes) fail('ANSWER_TOO_LARGE', `more than ${maxAnswerBytes} bytes`)
    }
    if (said !== null) throw said as SegueError
    return { status: response.statusCode ?? 0, headers: joined(response), body: Buffer.concat(chunks) }
  } catch (error) {
    signal.throwIfAborted()
    if (said !== null) throw said as SegueError
    throw new SegueError(connected ? 'DESTINATION_LOST' : 'DESTINATION_UNREACHABLE', `${new URL(url).host}: ${String(error)}.`)
  } finally {
    clearTimeout(total)
    clearTimeout(phase)
    signal.removeEventListener('abort', abort)
  }
}

async function answerTo(request: ClientRequest, body: Uint8Array | null): Promise<IncomingMessage> {
  request.end(body ?? undefined)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  // What comes later is told by the response.
  request.on('error', () => undefined)
  return response
}

function joined({ headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values]) => [name, values?.join(', ') ?? '']))
}
