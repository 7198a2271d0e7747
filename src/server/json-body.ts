import type { FastifyInstance } from 'fastify'
import { SegueError } from '../contract/errors.ts'

/** The most that a body may have, in bytes. */
export const bodyLimit = 5 * 1024 * 1024

/**
 * Takes JSON bodies and nothing else (415): a page of another site can send forms and plain text without asking, JSON it cannot.
 * Text that is not UTF-8 and integers that JavaScript would round are refused rather than changed.
 */
export function takeJsonOnly(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  // Fastify says null where a request of this process has no body; for schemas that is no body, as it is over HTTP.
  server.addHook('preValidation', async (request) => {
    if (request.body === null) request.body = undefined
  })
  const parse = server.getDefaultJsonParser('error', 'error')
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer', bodyLimit }, (request, bytes, done) => {
    const text = utf8(bytes)
    if (text === null) return done(new SegueError('BODY_INVALID', 'The body is not UTF-8.'))
    // Clients that always send the content type send it for actions without a body, too.
    if (text.trim() === '') return done(null, undefined)
    const rounded = firstRoundedInteger(text)
    if (rounded !== null)
      return done(new SegueError('BODY_INVALID', `The number ${rounded} cannot be kept exactly; write it as text ("${rounded}").`))
    return parse(request, text, done)
  })
}

function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** The first integer of a JSON text that is beyond what a JavaScript number holds exactly, as it is written there. */
function firstRoundedInteger(text: string): string | null {
  if (!/\d{16}/.test(text)) return null
  let found: string | null = null
  const look = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) found ??= context?.source ?? String(value)
    return value
  }
  try {
    JSON.parse(text, look)
  } catch {
    return null
  }
  return found
}
