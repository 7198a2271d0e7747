/** What is wrong with the URL of a destination in one sentence, or null. What it holds is not repeated where it could be a secret. */
export function urlFault(text: string): string | null {
  if (text.length > 2000) return 'must not be longer than 2000 characters'
  // WHATWG URLs drop tabs and line breaks in silence, and trim: what is sent must be what stands there.
  if (/[\s\p{Cc}]/u.test(text)) return 'must not hold blanks or control characters'
  if (!URL.canParse(text)) return 'must be a URL such as https://api.example.com/contacts'
  const { protocol, username, password, hash } = new URL(text)
  if (protocol !== 'https:' && protocol !== 'http:') return `must begin with https:// or http://, not ${protocol}`
  if (username !== '' || password !== '') return 'must not hold a user or a password; use a credential with `auth: basic`'
  return hash === '' && !text.includes('#') ? null : 'must not hold a #: that part is never sent'
}
