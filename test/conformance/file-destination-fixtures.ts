import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPlainSftpServer } from '../helpers/plain-sftp-server.ts'
import { hasSshd, startSshd } from '../helpers/sshd.ts'

/** A place to which a file destination may be pointed, and the folder of this machine where its files can be looked at without it. */
export interface FilePlace extends AsyncDisposable {
  readonly folder: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}

export interface FileFixture {
  readonly name: string
  /** The destination type, as in the registry. */
  readonly type: string
  /** False where this machine has no server for it. */
  readonly available: boolean
  start(): Promise<FilePlace>
}

/** A new file destination joins the conformance suite with one entry here; the suite fails for a type that has none. */
export const fileFixtures: readonly FileFixture[] = [
  { name: 'local', type: 'local', available: true, start: startLocal },
  { name: 'sftp, OpenSSH', type: 'sftp', available: hasSshd, start: startOpenSsh },
  { name: 'sftp, a server without extensions', type: 'sftp', available: true, start: startPlain },
]

async function startLocal(): Promise<FilePlace> {
  const folder = mkdtempSync(join(tmpdir(), 'segue-local-'))
  return { folder, settings: { folder }, secrets: {}, [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) }
}

async function startOpenSsh(): Promise<FilePlace> {
  const server = await startSshd()
  return {
    folder: server.folder,
    settings: { host: server.host, port: server.port, folder: server.folder, hostKey: server.hostKeys.ed25519 },
    secrets: { user: server.user, privateKey: server.privateKey },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function startPlain(): Promise<FilePlace> {
  const server = await startPlainSftpServer()
  return {
    folder: server.folder,
    settings: { host: server.host, port: server.port, folder: server.folder, hostKey: 'first-seen', removeThenRename: true },
    secrets: { user: server.user, password: server.password },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
