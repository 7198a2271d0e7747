/** What people read when a connection could not be made. */
import { isIPv6 } from 'node:net'
import { SegueError } from '../contract/errors.ts'

/** What the code of the operating system, or of TLS, means to a person who typed a host and a port. */
const reasons: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'there is no route to the address',
  EAFNOSUPPORT: 'this machine has no such network',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ENOTFOUND: 'the host name is not known',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'no answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is of an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is of an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'it does not show who signed its certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks old versions of TLS only',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks other versions of TLS only',
}

/** The error for a connection that was not made, so that nothing was sent. */
export function unreachable(host: string, port: number, cause: unknown): SegueError {
  return new SegueError('DESTINATION_UNREACHABLE', `${hostAndPort(host, port)}: ${reasonOf(cause)}.`, { cause })
}

/** `host:port`, an IPv6 address in brackets. */
export function hostAndPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** What went wrong with a connection, in words. Of a name with several addresses, which fails with one error for each, the first one tells enough. */
export function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  if (!(first instanceof Error)) return 'the connection failed'
  const code = 'code' in first && typeof first.code === 'string' ? first.code : undefined
  const meaning = code === undefined ? undefined : reasons[code]
  if (meaning !== undefined) return `${meaning} (${code})`
  return code ?? first.message
}
