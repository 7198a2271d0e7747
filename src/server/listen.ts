import type { FastifyInstance } from 'fastify'
import { SegueError } from '../contract/errors.ts'
import { isLoopback, splitHostPort } from './loopback.ts'

/**
 * Opens the server's socket at `host:port` (`[::1]:4400` for IPv6; port 0 takes a free one) and returns its URL.
 * Whoever reaches the port is the owner until there is sign-in, so only loopback is listened on.
 * @throws SegueError USAGE (not an address), LISTEN_REFUSED (not loopback), LISTEN_FAILED (port in use, not permitted)
 */
export async function listen(server: FastifyInstance, address: string): Promise<string> {
  const parsed = splitHostPort(address)
  if (parsed === null || parsed.port === null)
    throw new SegueError('USAGE', `"${address}" is not HOST:PORT, such as 127.0.0.1:4400 or [::1]:4400.`)
  if (!isLoopback(parsed.host)) throw new SegueError('LISTEN_REFUSED', `${parsed.host} can be reached from other machines.`)
  try {
    return await server.listen({ host: parsed.host, port: parsed.port })
  } catch (error) {
    throw new SegueError('LISTEN_FAILED', `${address}: ${reasonOf(error)}.`, { cause: error })
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
  if (code === 'EADDRINUSE') return 'the port is in use by another process'
  if (code === 'EACCES') return 'this user may not listen on that port'
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have that address'
  return code
}
