import { errors } from 'undici'
import { SegueError } from '../contract/errors.ts'
import { reasonOf } from './unreachable.ts'

/**
 * What a failure says that came after sending had begun: whether the request took effect is not known. `cut` is true where the other side,
 * or the network, ended the connection, so that what was missing could not come any more.
 */
export function exchangeFailure(server: string, error: Error, cut: boolean): SegueError {
  if (error instanceof errors.HeadersOverflowError) {
    return new SegueError('ANSWER_TOO_LARGE', `${server} sends more headers than Segue reads.`, { cause: error })
  }
  const unreadable = error instanceof errors.HTTPParserError || error instanceof errors.ResponseContentLengthMismatchError
  if (unreadable && !cut) return new SegueError('ANSWER_INVALID', `What ${server} answers is not HTTP/1.1.`, { cause: error })
  return new SegueError('DESTINATION_LOST', `${server}: the connection ended before the answer was whole: ${wordsOf(error)}.`, {
    cause: error,
  })
}

function wordsOf(error: Error): string {
  if (error instanceof errors.SocketError) return 'the server closed it'
  if (error instanceof errors.ResponseContentLengthMismatchError) return 'the body is shorter than was announced'
  if (error instanceof errors.HTTPParserError) return 'the body has no end'
  return reasonOf(error)
}
