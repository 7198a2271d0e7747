/** Lengths of time as people write them: `30s`, `10m`, `6h`, `2d`. */
import { z } from 'zod'

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A whole number above 0 and its unit; at most six digits, so that the milliseconds are exact and fit a date. */
const form = /^([1-9][0-9]{0,5})([smhd])$/

/** How a length of time must look, for the end of a sentence. */
export const durationForm = 'a number and s, m, h or d, such as 30s, 10m, 6h or 2d'

/** The text of a length of time. It stays as it was written: `60m` is not made `1h`. */
export const duration = z.string().regex(form, `must be ${durationForm}`)

/** Milliseconds of a length of time; null where the text is none. */
export function durationMs(text: string): number | null {
  const [, digits = '', unit = ''] = form.exec(text) ?? []
  const unitMs = units[unit]
  return unitMs === undefined ? null : Number(digits) * unitMs
}
