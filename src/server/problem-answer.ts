/** Every failure leaves the server as a problem document (RFC 9457), made here. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SegueError, toProblem } from '../contract/errors.ts'
import type { Problem } from '../contract/errors.ts'
import { securityHeaders } from './security-headers.ts'

/** Seconds after which it is worth asking again. */
const retryAfterUnavailable = 5

/** The problem document of the API: that of the error, with the id under which the log has the request. */
export interface RequestProblem extends Problem {
  readonly requestId: string
}

/** Answers with the problem document of an error, and logs what is not the sender's to mend. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asSegueError(error)
  const problem: RequestProblem = { ...toProblem(known), requestId: request.id }
  if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, 'request failed')
  else request.log.info({ code: problem.code }, 'request refused')

  if (problem.status === 503) void reply.header('retry-after', retryAfterUnavailable)
  return reply.code(problem.status).headers(securityHeaders).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

/** Fastify's own errors in our codes; its messages hold nothing of the request but its path. */
export function asSegueError(error: unknown): SegueError {
  if (error instanceof SegueError) return error
  const { code, statusCode } = frameworkError(error)
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new SegueError('TOO_LARGE', 'The body has more than 5 MB.')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new SegueError('MEDIA_TYPE', 'The body is not declared as application/json.')
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY') return new SegueError('BODY_INVALID', 'The body is not valid JSON.')
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH')
    return new SegueError('NOT_FOUND', 'The path is not one of the API.')
  if (code.startsWith('FST_') && statusCode >= 400 && statusCode < 500)
    return new SegueError('BODY_INVALID', 'The request could not be read.', { cause: error })
  return new SegueError('INTERNAL', 'An unexpected error; the log has the details.', { cause: error })
}

function frameworkError(error: unknown): { readonly code: string; readonly statusCode: number } {
  if (!(error instanceof Error)) return { code: '', statusCode: 500 }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const statusCode = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  return { code, statusCode }
}

/** The answer to a path that no route has. */
export function answerNoRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?')[0] ?? ''
  return answerProblem(
    new SegueError('NOT_FOUND', `There is no ${request.method} ${path.slice(0, 200)}; /api/v1/openapi.json lists what there is.`),
    request,
    reply,
  )
}
