import { z } from 'zod'
import { SegueError } from '../contract/errors.ts'

const text = z.string().regex(/^[^\0]*$/)
const place = z.tuple([text, text])

/** The opaque text that says where the next page of a list begins: after this object. */
export function cursorAfter({ name, id }: { readonly name: string; readonly id: string }): string {
  return Buffer.from(JSON.stringify([name, id])).toString('base64url')
}

/** The place that a cursor stands for. Throws INVALID for a text that is no cursor. */
export function placeOf(cursor: string): { readonly name: string; readonly id: string } {
  try {
    const [name, id] = place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { name, id }
  } catch (cause) {
    throw new SegueError('INVALID', `"${cursor}" is not a cursor of a list; take it from "nextCursor" of the page before.`, { cause })
  }
}
