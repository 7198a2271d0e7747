import { errors } from 'undici'
import { SegueError } from '../contract/errors.ts'
import { reasonOf } from './unreachable.ts'

/** What a failure says that came after sending had begun: whether the request took effect is not known. */
export function exchangeFailure(server: string, error: Error): SegueError {
  if (error instanceof errors.HeadersOverflowError) {
    return new SegueError('ANSWER_TOO_LARGE', `${server} sends more headers than Segue reads.`, { cause: error })
  }
  // Its end came too early: that is a cut, not another language.
  if (error instanceof errors.HTTPParserError && error.code !== 'HPE_INVALID_EOF_STATE') {
    return new SegueError('ANSWER_INVALID', `What ${server} answers is not HTTP/1.1 (${error.code}).`, { cause: error })
  }
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
