/** Entity tags (RFC 9110, 8.8.3): the version of an object is its strong ETag. */
import { SegueError } from '../contract/errors.ts'

/** The ETag of a version: `"3"`. */
export function entityTag(version: number): string {
  return `"${version}"`
}

/**
 * The version that a change is meant for; `newest` for `If-Match: *`, null where nothing was sent.
 * @throws SegueError VERSION_CONFLICT for a tag that no object has (a weak tag never matches in If-Match)
 */
export function parseIfMatch(header: string | undefined): number | 'newest' | null {
  if (header === undefined) return null
  const text = header.trim()
  if (text === '*') return 'newest'
  const version = /^"(\d{1,15})"$/.exec(text)?.[1]
  if (version === undefined)
    throw new SegueError('VERSION_CONFLICT', `If-Match: ${text.slice(0, 100)} is not an ETag of this server, such as "3".`)
  return Number(version)
}
