import type { Socket } from 'node:net'
import type { HttpRequest } from '../contract/net.ts'

/** The time limits of one exchange, as it goes on. */
export interface ExchangeLimits {
  /** The request is being written: until the system has taken it all, `headersMs` limits the time without progress. */
  sending(): void
  /** The whole request was handed to the socket: once the system has taken it, `headersMs` limits the time until the headers are there. */
  sent(): void
  /** The headers are there: `bodyMs` limits the silence from now on. */
  answering(): void
  /** The exchange is over. */
  stop(): void
}

/** Watches the limits; `totalMs` is what is left of the request's time. `onLate` gets the limit that was passed, in words, and its milliseconds. */
export function watchLimits(
  socket: Socket,
  limits: HttpRequest['limits'],
  totalMs: number,
  onLate: (limit: string, ms: number) => void,
): ExchangeLimits {
  const total = setTimeout(() => onLate('no whole answer (total)', limits.totalMs), totalMs)
  let headers: NodeJS.Timeout | undefined
  const noHeaders = () => onLate('no answer (headers)', limits.headersMs)
  const silentBody = () => onLate('no more of the body (body)', limits.bodyMs)
  const startHeaders = () => {
    headers = setTimeout(noHeaders, limits.headersMs)
  }
  const stopHeaders = () => {
    clearTimeout(headers)
    socket.off('timeout', noHeaders).off('drain', startHeaders)
  }
  return {
    // The socket's own time limit knows about bytes that the system took without telling: a slow upload is no silence.
    sending: () => socket.setTimeout(limits.headersMs).on('timeout', noHeaders),
    sent: () => (socket.writableNeedDrain ? socket.once('drain', startHeaders) : startHeaders()),
    answering() {
      stopHeaders()
      socket.setTimeout(limits.bodyMs).on('timeout', silentBody)
    },
    stop() {
      clearTimeout(total)
      stopHeaders()
      socket.off('timeout', silentBody).setTimeout(0)
    },
  }
}
