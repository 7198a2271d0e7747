import { validateHeaderName, validateHeaderValue } from 'node:http'
import { SegueError } from '../contract/errors.ts'
import type { HttpRequest } from '../contract/net.ts'

/** Where a request goes. */
export interface Place {
  readonly tls: boolean
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  readonly port: number
  /** Scheme, host and port. */
  readonly origin: string
  /** Path and query. */
  readonly path: string
}

/** Headers that say how the bytes of a message are divided and where they go: the client's own business. */
const ownHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * The place of a request that can be sent as it is. Values of headers and the URL's path stay out of messages: they may hold secrets.
 * @throws SegueError INVALID
 */
export function checkRequest({ url, method, headers }: Pick<HttpRequest, 'url' | 'method' | 'headers'>): Place {
  const place = placeOf(url)
  // Tokens of RFC 9110 section 5.6.2 are more than this; CONNECT would be a tunnel.
  if (!/^[A-Z][A-Z-]*$/.test(method) || method === 'CONNECT') throw invalid('method', `"${method}" is no method, such as POST or PATCH`)
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(headers)) {
    const plain = name.toLowerCase()
    if (!isSendable(name, value)) throw invalid('headers', `the header ${JSON.stringify(name)} has characters that cannot be sent`)
    if (ownHeaders.has(plain)) throw invalid('headers', `the header ${name} is made by Segue; leave it out`)
    if (seen.has(plain)) throw invalid('headers', `the header ${name} is given twice`)
    seen.add(plain)
  }
  return place
}

function placeOf(text: string): Place {
  if (!URL.canParse(text)) throw invalid('url', 'the URL cannot be read; write it in full, such as https://api.example.com/v1/contacts')
  const url = new URL(text)
  const { protocol, hostname, port, origin, pathname, search, username, password } = url
  const tls = protocol === 'https:'
  if (!tls && protocol !== 'http:') throw invalid('url', `the URL starts with ${protocol}; only https: and http: are sent to`)
  if (username !== '' || password !== '')
    throw invalid('url', `the URL of ${hostname} has a user or a password in it; put them in the credential`)
  const host = hostname.replace(/^\[|\]$/g, '')
  return { tls, host, port: port === '' ? (tls ? 443 : 80) : Number(port), origin, path: pathname + search }
}

function isSendable(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}

function invalid(field: string, message: string): SegueError {
  return new SegueError('INVALID', `The request cannot be sent: ${message}.`, { errors: [{ pointer: `/${field}`, message }] })
}
