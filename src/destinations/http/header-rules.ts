/** Which headers a person may set, and what may stand in them. */
import { z } from 'zod'
import { nearest } from '../../contract/nearest.ts'

export const secretFields = ['token', 'user', 'password', 'key'] as const
export type SecretField = (typeof secretFields)[number]

/** Those that frame the request or the connection: they are the transport's, and a second one of them could smuggle a request (RFC 9112 11.2). */
const ofTheTransport = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What is wrong with a header's name, or null. */
export function headerNameFault(name: string): string | null {
  // RFC 9110 5.6.2: a token.
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/.test(name)) return `${JSON.stringify(name)} is no name of a header`
  return ofTheTransport.has(name.toLowerCase()) ? `the header ${name} is set by Segue itself` : null
}

/** A text of a header, cut at its `{{ secret.FIELD }}` places. */
export type HeaderPiece = { readonly text: string } | { readonly secret: SecretField }

/** The pieces of a header's value, or in one sentence what is wrong with it. */
export function parseHeaderValue(value: string): readonly HeaderPiece[] | { readonly fault: string } {
  if (!/^[\t\x20-\x7e]*$/.test(value)) return { fault: 'must be printable ASCII on one line' }
  const pieces: HeaderPiece[] = []
  let from = 0
  for (const match of value.matchAll(/\{\{(.*?)\}\}/g)) {
    const name = (match[1] ?? '').trim()
    const field = secretFields.find((known) => name === `secret.${known}`)
    if (field === undefined) {
      const known = secretFields.map((secret) => `secret.${secret}`)
      return { fault: `there is no {{ ${name} }}; a header may hold {{ ${known.join(' }}, {{ ')} }}.${nearest(name, known)}` }
    }
    pieces.push({ text: value.slice(from, match.index) }, { secret: field })
    from = match.index + match[0].length
  }
  return [...pieces, { text: value.slice(from) }]
}

/** Settings are no place for secrets: everybody who sees the destination sees them. */
function openSecretFault(name: string, pieces: readonly HeaderPiece[]): string | null {
  if (!['authorization', 'cookie'].includes(name.toLowerCase()) || pieces.some((piece) => 'secret' in piece)) return null
  return `${name} is a secret: put it in the credential, and {{ secret.token }} or the like here, or use \`auth\``
}

export const headerName = z.string().superRefine((name, context) => {
  const fault = headerNameFault(name)
  if (fault !== null) context.addIssue({ code: 'custom', message: fault })
})

/** Headers by name; their faults are told at the name. */
export const headerRecord = z.record(z.string(), z.string().max(8000)).superRefine((headers, context) => {
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(headers)) {
    const parsed = parseHeaderValue(value)
    const twice = seen.has(name.toLowerCase()) ? `the header ${name} is there twice` : null
    const fault = headerNameFault(name) ?? twice ?? ('fault' in parsed ? parsed.fault : openSecretFault(name, parsed))
    if (fault !== null) context.addIssue({ code: 'custom', path: [name], message: fault })
    seen.add(name.toLowerCase())
  }
})
