/** Keeps secrets out of what people see of a request and its answer. */

export const masked = '[secret]'

/** Shorter ones are hidden only where they stand alone: a user "a" must not tear every word. */
const shortest = 4

export interface Mask {
  /** The first `limit` characters of a text, each secret in them hidden; one that only begins there is hidden whole. */
  cut(text: string, limit: number): string
  /** How long a secret may be in a text: what has to be looked at beyond a limit. */
  readonly longest: number
}

/** A mask of these values, also as they stand in JSON, in URLs and in base64. */
export function createMask(secrets: readonly string[]): Mask {
  const forms = [...new Set(secrets.filter((secret) => secret.trim() !== '').flatMap(formsOf))].toSorted((a, b) => b.length - a.length)
  // Longest first: of two secrets of which one begins the other, the longer is to go whole.
  const pattern = forms.length === 0 ? null : new RegExp(forms.map(literalOf).join('|'), 'gu')
  const longest = forms[0]?.length ?? 0
  return { longest, cut: (text, limit) => (pattern === null ? text.slice(0, limit) : hide(text, limit, pattern, longest)) }
}

/** Counts by the places in the text itself: a shorter mask must not draw the beginning of a later secret into what is shown. */
function hide(text: string, limit: number, pattern: RegExp, longest: number): string {
  // Two more characters, to see whether a short one stands alone.
  const window = text.slice(0, limit + longest + 2)
  let shown = ''
  let from = 0
  for (const match of window.matchAll(pattern)) {
    if (match.index >= limit) break
    shown += window.slice(from, match.index) + masked
    from = match.index + match[0].length
  }
  return from >= limit ? shown : shown + window.slice(from, limit)
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // Where more follows in the same base64, its last digits are others.
  const begun = bytes.subarray(0, bytes.length - (bytes.length % 3))
  const encoded = (['base64', 'base64url'] as const).flatMap((encoding) => [
    bytes.toString(encoding),
    ...(begun.length < 6 ? [] : [begun.toString(encoding)]),
  ])
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed()), ...encoded]
}

function literalOf(form: string): string {
  const literal = form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  return form.length < shortest ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])` : literal
}
