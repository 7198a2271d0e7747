import type { FastifyReply } from 'fastify'

/** Aborts when the client has gone before its answer was complete. (The request's own `close` comes as soon as its body is read.) */
export function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
