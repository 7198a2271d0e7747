import type { Socket } from 'node:net'
import { Client, type AuthenticationType, type ClientChannel } from 'ssh2'
import { SegueError } from '../../contract/errors.ts'
import { connectError, refusedSignIn } from './connect-error.ts'
import { describeHostKey, type HostKeyFamily, type MetHostKey } from './host-key.ts'
import { printable } from './sftp-error.ts'
import { nextMethod, type SignIn } from './sign-in.ts'
import { prepareCiphers } from './ssh2-inside.ts'

/** Three unanswered signs of life, 10 s apart, and the connection counts as lost. */
const keepalive = { keepaliveInterval: 10_000, keepaliveCountMax: 3 }

export interface HandshakeOptions {
  readonly socket: Socket
  /** `host:port`, for messages. */
  readonly server: string
  readonly signIn: SignIn
  readonly timeoutMs: number
  /** The only kinds of host key to ask the server for; all where undefined. */
  readonly family: HostKeyFamily | undefined
  readonly trusts: (key: MetHostKey) => boolean
}

export interface SignedIn {
  readonly client: Client
  /** The channel of the SFTP subsystem, nothing said on it yet. */
  readonly channel: ClientChannel
  readonly cipher: string
  readonly hostKey: MetHostKey
}

/** The server showed a key that is not trusted; nothing secret was sent. */
export class UntrustedHostKey extends Error {
  override readonly name = 'UntrustedHostKey'
  readonly key: MetHostKey

  constructor(key: MetHostKey) {
    super(`untrusted host key ${key.fingerprint}`)
    this.key = key
  }
}

/**
 * Key exchange, host key, sign-in and the SFTP channel on a connected socket. Throws UntrustedHostKey, AUTH_FAILED,
 * DESTINATION_UNREACHABLE (no answer), DESTINATION_LOST (it hung up), DESTINATION_FAILED (it speaks otherwise).
 */
export async function shakeHands({ socket, server, signIn, timeoutMs, family, trusts }: HandshakeOptions): Promise<SignedIn> {
  const client = new Client()
  const progress = { server, user: signIn.user, tried: new Set<AuthenticationType>(), offered: [] as readonly AuthenticationType[] }
  let met: MetHostKey | undefined
  let cipher = ''
  client.on('handshake', (agreed) => {
    cipher = agreed.cs.cipher
    prepareCiphers(client, socket)
  })
  const broken = new Promise<never>((_, reject) => {
    client.on('error', (error) => reject(met && !trusts(met) ? new UntrustedHostKey(met) : connectError(error, progress)))
    client.on('close', () => reject(new SegueError('DESTINATION_LOST', `${server}: the server ended the connection during sign-in.`)))
  })
  client.connect({
    sock: socket,
    username: signIn.user,
    readyTimeout: timeoutMs,
    ...keepalive,
    ...(family && { algorithms: { serverHostKey: [...family] } }),
    hostVerifier: (key: Buffer) => trusts((met = describeHostKey(key))),
    authHandler: (offered: AuthenticationType[] | null, _partial, next) => {
      progress.offered = offered ?? []
      const method = nextMethod(signIn, offered, progress.tried)
      if (method === false) {
        client.emit('error', refusedSignIn(progress))
        return
      }
      progress.tried.add(method.type)
      next(method)
    },
  })
  await Promise.race([new Promise<void>((resolve) => client.once('ready', resolve)), broken])
  const channel = await Promise.race([openChannel(client, server), broken])
  if (met === undefined) throw new SegueError('DESTINATION_FAILED', `${server} showed no host key.`)
  return { client, channel, cipher, hostKey: met }
}

function openChannel(client: Client, server: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.subsys('sftp', (error, channel) => {
      if (error) reject(new SegueError('DESTINATION_FAILED', `${server} offers no SFTP: ${printable(error.message)}.`, { cause: error }))
      else resolve(channel)
    })
  })
}
