/** A JSON value as text, for people; nesting that is too deep to be written is told as such. `undefined` is nothing. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing'
  } catch {
    return 'something nested too deeply to be shown'
  }
}
