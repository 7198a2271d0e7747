/** The last guard before a text leaves the process: whatever got into it, no known secret stays in it. */

export interface Scrubber {
  /** From now on this value is removed from texts, also in the encodings in which it travels. */
  learn(value: string): void
  /** The text with `[secret]` in place of what is secret. */
  scrub(text: string): string
}

const mask = '[secret]'

/** Shorter ones are removed only where they stand alone: a password "a" must not tear every word. */
const shortest = 6

/** Secrets by their shape, for those that nobody taught us: userinfo of URLs, bearer tokens, PEM private keys. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, mask],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@?#]*):[^\s/?#]*@/gi, `$1:${mask}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${mask}`],
]

export function createScrubber(): Scrubber {
  const known = new Set<string>()
  let pattern: RegExp | null = null
  return {
    learn: (value) => {
      for (const form of formsOf(value)) known.add(form)
      pattern = null
    },
    scrub: (text) => {
      pattern ??= patternOf(known)
      const named = known.size === 0 ? text : text.replace(pattern, mask)
      return shapes.reduce((scrubbed, [shape, replacement]) => scrubbed.replace(shape, replacement), named)
    },
  }
}

/** The value, each long line of it (keys are printed line by line), and both as they stand in JSON, URLs and Basic headers. */
function formsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).filter((line) => line.length >= 16)
  return [value, ...lines]
    .filter((form) => form.trim() !== '')
    .flatMap((form) => [form, JSON.stringify(form).slice(1, -1), encoded(form), base64(form, 'base64'), base64(form, 'base64url')])
}

function encoded(form: string): string {
  return encodeURIComponent(form.toWellFormed())
}

/** Without its end: that depends on what follows. */
function base64(form: string, encoding: 'base64' | 'base64url'): string {
  const bytes = Buffer.from(form)
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3))
  return whole.length < 6 ? form : whole.toString(encoding)
}

/** Longest first: of two secrets of which one begins the other, the longer is to go whole. */
function patternOf(known: ReadonlySet<string>): RegExp {
  const alternatives = [...known]
    .toSorted((a, b) => b.length - a.length)
    .map((form) => {
      const literal = form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
      return form.length < shortest ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])` : literal
    })
  return new RegExp(alternatives.join('|'), 'gu')
}
