/** What the body of an answer is. */
import type { HttpAnswer } from '../../contract/net.ts'

export type AnswerBody =
  | { readonly kind: 'empty' }
  | { readonly kind: 'html' }
  | { readonly kind: 'json'; readonly value: unknown }
  /** Something else, or JSON that is not whole: `why` says what is wrong with it as JSON. */
  | { readonly kind: 'other'; readonly why: string }

/** HTML is HTML by its type or by how it begins, whatever its status says: a login page, a gateway's error page. */
export function readAnswerBody({ headers, body }: Pick<HttpAnswer, 'headers' | 'body'>): AnswerBody {
  const type = mediaType(headers)
  if (type === 'text/html' || type === 'application/xhtml+xml') return { kind: 'html' }
  if (body.length === 0) return { kind: 'empty' }
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity') return { kind: 'other', why: `it is compressed (${encoding}) although that was not asked for` }
  if (beginsLikeHtml(body)) return { kind: 'html' }
  return parsed(body)
}

/** True where the answer itself says that its body is JSON. */
export function claimsJson(headers: HttpAnswer['headers']): boolean {
  const type = mediaType(headers)
  return type === 'application/json' || type === 'text/json' || /^[\w.-]+\/[\w.-]+\+json$/.test(type)
}

function mediaType(headers: HttpAnswer['headers']): string {
  return (headers['content-type'] ?? '').replace(/;.*$/s, '').trim().toLowerCase()
}

function beginsLikeHtml(body: Uint8Array): boolean {
  const start = new TextDecoder().decode(body.subarray(0, 1000)).replace(/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*/, '')
  return /^<(?:!doctype\s+html|html|head|body)\b/i.test(start)
}

function parsed(body: Uint8Array): AnswerBody {
  try {
    return { kind: 'json', value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown }
  } catch (error) {
    return { kind: 'other', why: error instanceof SyntaxError ? `it is not whole or no JSON: ${error.message}` : 'it is not UTF-8' }
  }
}
