/** A real OpenSSH server for tests: its own configuration, keys and port, on loopback, ended with the test. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const binary = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/opt/homebrew/sbin/sshd'].find((path) => existsSync(path))

/** False where OpenSSH's server is not installed (Debian: apt-get install openssh-server); tests are skipped by name then. */
export const hasSshd = binary !== undefined
export const isRoot = process.getuid?.() === 0

export interface Sshd extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** A folder that the server shows, empty at first. */
  readonly folder: string
  readonly user: string
  /** OpenSSH private key that signs in as `user`. */
  readonly privateKey: string
  readonly privateKeyFile: string
  /** Fingerprints of the host keys, by type, as `ssh-keygen -l` prints them. */
  readonly hostKeys: { readonly ed25519: string; readonly rsa: string }
  /** Ends the server and every connection to it. */
  stop(): Promise<void>
}

export interface SshdOptions {
  /** Who signs in; default: who runs the tests. Another one needs root. */
  readonly user?: string
  /** Default: a free one. */
  readonly port?: number
  /** False for a server that has no SFTP. */
  readonly sftp?: boolean
  /** Further lines of sshd_config. */
  readonly config?: readonly string[]
}

export async function startSshd({ user = userInfo().username, port: wanted, sftp = true, config = [] }: SshdOptions = {}): Promise<Sshd> {
  if (binary === undefined) throw new Error('sshd is not installed')
  const directory = mkdtempSync(join(tmpdir(), 'segue-sshd-'))
  const file = (name: string) => join(directory, name)
  const hostKeys = { ed25519: makeKey(file('host_ed25519'), 'ed25519'), rsa: makeKey(file('host_rsa'), 'rsa') }
  makeKey(file('user'), 'ed25519')
  copyFileSync(file('user.pub'), file('authorized_keys'))
  mkdirSync(file('files'), { mode: 0o755 })
  // sshd of Debian refuses to start as root without its folder for privilege separation, which the service would make.
  if (isRoot) mkdirSync('/run/sshd', { recursive: true })
  const port = wanted ?? (await freePort())
  writeFileSync(file('config'), [...lines(file, port), ...(sftp ? ['Subsystem sftp internal-sftp'] : []), ...config].join('\n'))
  if (isRoot) execFileSync('chmod', ['-R', 'a+rX', directory])
  execFileSync('chmod', ['600', file('user'), file('host_ed25519'), file('host_rsa')])
  if (isRoot && user !== userInfo().username) execFileSync('chown', [user, file('files')])
  const server = spawn(binary, ['-D', '-e', '-f', file('config')], { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  await listening(server)
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit')
      // The group: each connection has a process of its own.
      if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL')
      await ended
    }
  }
  return {
    host: '127.0.0.1',
    port,
    folder: file('files'),
    user,
    privateKey: readFileSync(file('user'), 'utf8'),
    privateKeyFile: file('user'),
    hostKeys,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function lines(file: (name: string) => string, port: number): string[] {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host_ed25519')}`,
    `HostKey ${file('host_rsa')}`,
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin yes',
  ]
}

/** Makes a key pair and returns its fingerprint. */
function makeKey(path: string, type: 'ed25519' | 'rsa'): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, ...(type === 'rsa' ? ['-b', '2048'] : []), '-N', '', '-C', 'segue-test', '-f', path])
  const printed = execFileSync('ssh-keygen', ['-l', '-f', `${path}.pub`], { encoding: 'utf8' })
  return printed.split(' ')[1] ?? ''
}

async function listening(server: ChildProcess): Promise<void> {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (text: Buffer) => {
      log += text.toString()
      if (log.includes('Server listening')) resolve()
    })
    server.once('exit', () => reject(new Error(`sshd ended: ${log}`)))
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export interface ThrowawayUser extends Disposable {
  readonly name: string
  readonly password: string
}

/** A user of this machine for password and permission tests; needs root, and is removed again. */
export function makeUser(): ThrowawayUser {
  const name = `segue-test-${process.pid}`
  const password = `pass-${process.pid}-word`
  execFileSync('useradd', ['--no-create-home', '--home-dir', '/', '--shell', '/bin/sh', name])
  execFileSync('chpasswd', { input: `${name}:${password}\n` })
  return { name, password, [Symbol.dispose]: () => execFileSync('userdel', ['--force', name], { stdio: 'ignore' }) }
}
