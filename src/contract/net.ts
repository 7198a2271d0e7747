/** The one way out: every outgoing connection is made by a `Net`, which connectors get as an argument. */
import type { Socket } from 'node:net'

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface Net {
  /** A connected TCP socket. Throws DESTINATION_UNREACHABLE with host, port and the reason. */
  connect(options: ConnectOptions): Promise<Socket>
}
