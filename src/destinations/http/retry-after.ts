/** When a service wants to be asked again. */

/** Nobody waits longer than that for a header; what is beyond is a mistake of the service. */
const longestMs = 366 * 86_400_000

type Headers = Readonly<Record<string, string>>

/** Milliseconds from `now` to what `Retry-After` asks for (RFC 9110 10.2.3), seconds or a date; null where there is none that can be read. */
export function retryAfterMs(headers: Headers, now: Date): number | null {
  const value = headers['retry-after']
  if (value === undefined) return null
  const seconds = secondsOf(value)
  if (seconds !== null) return within(seconds * 1000)
  const date = parseHttpDate(value.trim(), now)
  return date === null ? null : within(date - now.getTime())
}

/** The same of what many services send in its place: `RateLimit-Reset` or `X-RateLimit-Reset`, in seconds from now or as a Unix time in seconds or milliseconds. */
export function rateLimitResetMs(headers: Headers, now: Date): number | null {
  const wait = resetOf(headers['ratelimit-reset'], now) ?? resetOf(headers['x-ratelimit-reset'], now)
  return wait === null ? null : within(wait)
}

function within(wait: number): number {
  return Math.min(Math.max(Math.ceil(wait), 0), longestMs)
}

function resetOf(value: string | undefined, now: Date): number | null {
  const number = value === undefined ? null : secondsOf(value)
  if (number === null) return null
  // 1e9 seconds are 31 years, and as Unix time they are in 2001: from there on the number is a time.
  if (number < 1e9) return number * 1000
  return (number < 1e12 ? number * 1000 : number) - now.getTime()
}

/** Some services send a fraction, which the specification does not have and which cannot be misread. */
function secondsOf(value: string): number | null {
  return /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : null
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The three forms of RFC 9110 5.6.7: the one of today, the one of RFC 850, and C's asctime. */
const dateForms = [
  /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Z][a-z]+, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
] as const

/** Unix time in milliseconds; null for what is no HTTP date or no day of the calendar. */
function parseHttpDate(text: string, now: Date): number | null {
  const found = dateForms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined)
  if (found === undefined) return null
  const { day = '', month = '', year = '', time = '' } = found
  const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number)
  const at = new Date(0)
  at.setUTCFullYear(year.length === 2 ? fullYear(Number(year), now) : Number(year), months.indexOf(month), Number(day))
  // A leap second is a second of the next minute here.
  at.setUTCHours(hour, minute, second)
  const isOfTheCalendar = months.includes(month) && at.getUTCMonth() === months.indexOf(month) && hour < 24 && minute < 60 && second <= 60
  return isOfTheCalendar ? at.getTime() : null
}

/** A year of two digits that would be more than 50 years ahead is the last one of those digits (RFC 9110 5.6.7). */
function fullYear(digits: number, now: Date): number {
  const year = now.getUTCFullYear() - (now.getUTCFullYear() % 100) + digits
  return year > now.getUTCFullYear() + 50 ? year - 100 : year
}
