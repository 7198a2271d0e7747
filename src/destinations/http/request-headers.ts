/** The headers of every request of a destination, with the secrets of its credential in their places. */
import { SegueError } from '../../contract/errors.ts'
import { parseHeaderValue, type HeaderPiece, type SecretField } from './header-rules.ts'
import { masked } from './masking.ts'
import { signInHeader, type HttpSettings } from './parse-settings.ts'
import type { HttpSecrets } from './settings.ts'

export interface RequestHeaders {
  /** As they are sent; names in small letters. */
  readonly sent: Readonly<Record<string, string>>
  /** As people may see them. */
  readonly shown: Readonly<Record<string, string>>
  /** What must not be seen beside the secrets themselves: the form that Basic makes of them. */
  readonly derived: readonly string[]
}

type HeaderSettings = Pick<HttpSettings, 'auth' | 'authHeader' | 'headers' | 'format'>

/** Throws AUTH_FAILED where the credential lacks a field that a header needs, or holds one that no header can carry. */
export function requestHeaders(settings: HeaderSettings, secrets: HttpSecrets): RequestHeaders {
  const pieces = new Map<string, readonly HeaderPiece[]>([
    ['accept', [{ text: 'application/json' }]],
    // An answer that is not compressed is read as it comes, and cannot be a bomb.
    ['accept-encoding', [{ text: 'identity' }]],
    ['content-type', [{ text: settings.format === 'ndjson' ? 'application/x-ndjson' : 'application/json' }]],
    ['user-agent', [{ text: 'Segue' }]],
  ])
  for (const [name, value] of Object.entries(settings.headers)) {
    const parsed = parseHeaderValue(value)
    if ('fault' in parsed) throw new SegueError('SETTING_INVALID', `headers: ${name} ${parsed.fault}.`)
    pieces.set(name.toLowerCase(), parsed)
  }
  const basic = settings.auth === 'basic' ? basicOf(secrets) : null
  const signIn = signInHeader(settings)
  if (signIn !== null && basic === null) {
    pieces.set(signIn, settings.auth === 'bearer' ? [{ text: 'Bearer ' }, { secret: 'token' }] : [{ secret: 'key' }])
  }
  const sent = Object.fromEntries([...pieces].map(([name, value]) => [name, join(value, (field) => secretFor(name, field, secrets))]))
  const shown = Object.fromEntries([...pieces].map(([name, value]) => [name, join(value, () => masked)]))
  if (basic === null) return { sent, shown, derived: [] }
  return {
    sent: { ...sent, authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
    shown: { ...shown, authorization: `Basic ${masked}` },
    derived: [basic],
  }
}

function join(pieces: readonly HeaderPiece[], secret: (field: SecretField) => string): string {
  return pieces.map((piece) => ('text' in piece ? piece.text : secret(piece.secret))).join('')
}

/** The user and password of RFC 7617, whose encoding may be UTF-8. */
function basicOf({ user, password }: HttpSecrets): string {
  if (user === undefined) throw lacking('user', '`auth: basic`')
  if (password === undefined) throw lacking('password', '`auth: basic`')
  if (user.includes(':')) throw new SegueError('AUTH_FAILED', 'The user of the credential holds a colon, which Basic cannot carry.')
  return `${user}:${password}`
}

function secretFor(header: string, field: SecretField, secrets: HttpSecrets): string {
  const value = secrets[field]
  if (value === undefined) throw lacking(field, `the header ${header}`)
  if (/^[\x20-\x7e]+$/.test(value)) return value
  throw new SegueError(
    'AUTH_FAILED',
    `The ${field} of the credential cannot stand in the header ${header}: it holds a line break or another character that is not printable ASCII.`,
  )
}

function lacking(field: SecretField, needs: string): SegueError {
  return new SegueError('AUTH_FAILED', `The credential has no ${field}, which ${needs} needs.`)
}
