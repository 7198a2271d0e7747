import type { FastifyRequest, FastifyServerOptions } from 'fastify'
import type { ServerDependencies } from './api.ts'

/**
 * Options of the request log. Of requests it has method and path (a search text may be personal), of errors name, message and
 * stack: other fields of foreign errors may hold what was sent.
 */
export function logOptions(log: ServerDependencies['log']): Exclude<FastifyServerOptions['logger'], undefined> {
  if (log === false) return false
  const serializers = {
    req: (request: FastifyRequest) => ({ method: request.method, path: request.url.split('?')[0] }),
    err: (error: unknown) => loggedError(error),
  }
  return log === true ? { serializers } : { serializers, stream: { write: (line: string) => log.write(line) } }
}

type LoggedError = { type: string; message: string; stack: string; cause?: LoggedError }

function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error', stack: '' }
  const cause = error.cause === undefined || depth > 4 ? undefined : loggedError(error.cause, depth + 1)
  return { type: error.name, message: error.message, stack: error.stack ?? '', ...(cause && { cause }) }
}
