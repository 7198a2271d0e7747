import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { SegueError } from '../contract/errors.ts'

type Decode = (body: Buffer, limit: { readonly maxOutputLength: number }) => Promise<Buffer>

/** The codings of RFC 9110 section 8.4.1, and brotli (RFC 7932). */
const decoders: ReadonlyMap<string, Decode> = new Map([
  ['gzip', promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)],
  ['x-gzip', promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)],
  ['deflate', promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate)],
  ['br', promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress)],
])

/**
 * The body without its compression. We ask for none, but some servers compress all the same. `maxBytes` holds for what comes out as well:
 * a few bytes can be made of gigabytes.
 * @throws SegueError ANSWER_TOO_LARGE, ANSWER_INVALID
 */
export async function decodedBody(server: string, body: Buffer, coding: string | undefined, maxBytes: number): Promise<Buffer> {
  const name = coding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity' || body.length === 0) return body
  const decode = decoders.get(name)
  if (decode === undefined)
    throw new SegueError('ANSWER_INVALID', `The answer of ${server} is in the coding "${name}", which Segue does not know.`)
  try {
    return await decode(body, { maxOutputLength: Math.max(1, maxBytes) })
  } catch (error) {
    if (error instanceof RangeError) {
      throw new SegueError('ANSWER_TOO_LARGE', `${server} sends an answer of more than ${maxBytes} bytes.`, { cause: error })
    }
    throw new SegueError('ANSWER_INVALID', `The answer of ${server} says that it is ${name}, but is not.`, { cause: error })
  }
}
