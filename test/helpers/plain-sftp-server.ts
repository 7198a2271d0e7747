/** An SFTP server as poor as version 3 allows: no extensions, and a rename that refuses an existing name. Made of ssh2's own Server. */
import { once } from 'node:events'
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
  existsSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type SFTPWrapper } from 'ssh2'
import { throwawayKey } from './throwaway-key.ts'

const { Server, utils } = ssh2
const { STATUS_CODE } = utils.sftp

export interface PlainSftpServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly folder: string
  readonly user: string
  readonly password: string
  /** Largest write request that came, in bytes of data. */
  readonly largestWrite: number
  /** Ways of signing in that clients tried, in order. */
  readonly tried: readonly string[]
}

export interface PlainSftpOptions {
  /** How it takes the password; keyboard-interactive asks for it as a question. */
  readonly method?: 'password' | 'keyboard-interactive'
  /** Drops the last byte of every file, as a broken server would. */
  readonly damages?: boolean
  /** Answers "Failure" to a rename of a file that is not there, instead of saying so. */
  readonly vague?: boolean
  /** What becomes of the next rename, asked at each: done and answered, or one of the ways in which nobody hears the answer. */
  readonly rename?: () => RenameFate
}

/**
 * `done, ...` renames first; `undone, ...` does not; `collected, ...` renames, and a partner takes the file away at once. Then the server
 * hangs up (`cut`), or says nothing.
 */
export type RenameFate = 'answered' | `${'done' | 'undone' | 'collected'}, ${'cut' | 'silent'}`

export async function startPlainSftpServer({
  method = 'password',
  damages = false,
  vague = false,
  rename = () => 'answered',
}: PlainSftpOptions = {}): Promise<PlainSftpServer> {
  const folder = mkdtempSync(join(tmpdir(), 'segue-plain-sftp-'))
  const [user, password] = ['acme', 'plain word']
  const seen = { largestWrite: 0, tried: [] as string[] }
  const server = new Server({ hostKeys: [throwawayKey()], ident: 'PlainSFTP' }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (attempt) => {
      seen.tried.push(attempt.method)
      const judge = (given: string | undefined) => (given === password ? attempt.accept() : attempt.reject([method]))
      if (attempt.method === 'password' && method === 'password') judge(attempt.password)
      else if (attempt.method === 'keyboard-interactive' && method === 'keyboard-interactive') {
        attempt.prompt([{ prompt: 'Password: ', echo: false }], ([given]) => judge(given))
      } else attempt.reject([method])
    })
    client.on('session', (accept) => {
      accept().on('sftp', (open) => serve(open(), seen, { damages, vague, rename, hangUp: () => client.end() }))
    })
  })
  // Its own listener waits 40 ms for each small answer.
  const listener = createServer({ noDelay: true }, (socket) => server.injectSocket(socket)).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: '127.0.0.1',
    port: address.port,
    folder,
    user,
    password,
    get largestWrite() {
      return seen.largestWrite
    },
    tried: seen.tried,
    [Symbol.asyncDispose]: async () => {
      listener.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Manners {
  readonly damages: boolean
  readonly vague: boolean
  readonly rename: () => RenameFate
  readonly hangUp: () => void
}

function serve(sftp: SFTPWrapper, seen: { largestWrite: number }, { damages, vague, rename, hangUp }: Manners): void {
  const files = new Map<number, number>()
  const ends = new Map<number, number>()
  const answer = (id: number, act: () => void) => {
    try {
      act()
      sftp.status(id, STATUS_CODE.OK)
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE)
    }
  }
  const facts = (id: number, path: string) => {
    try {
      const { mode, uid, gid, size, atimeMs, mtimeMs } = lstatSync(path)
      sftp.attrs(id, { mode, uid, gid, size, atime: atimeMs / 1000, mtime: mtimeMs / 1000 })
    } catch {
      sftp.status(id, STATUS_CODE.NO_SUCH_FILE)
    }
  }
  sftp.on('OPEN', (id, path) => {
    try {
      const file = openSync(path, 'wx')
      files.set(file, file)
      const handle = Buffer.alloc(4)
      handle.writeUInt32BE(file)
      sftp.handle(id, handle)
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      sftp.status(id, missing ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE)
    }
  })
  sftp.on('WRITE', (id, handle, offset, data) => {
    seen.largestWrite = Math.max(seen.largestWrite, data.length)
    const file = handle.readUInt32BE()
    ends.set(file, Math.max(ends.get(file) ?? 0, offset + data.length))
    answer(id, () => writeSync(file, data, 0, data.length, offset))
  })
  sftp.on('CLOSE', (id, handle) =>
    answer(id, () => {
      const file = handle.readUInt32BE()
      if (damages) ftruncateSync(file, Math.max(0, (ends.get(file) ?? 0) - 1))
      files.delete(file)
      closeSync(file)
    }),
  )
  sftp.on('LSTAT', facts)
  sftp.on('STAT', facts)
  sftp.on('REMOVE', (id, path) => answer(id, () => unlinkSync(path)))
  sftp.on('MKDIR', (id, path) => answer(id, () => mkdirSync(path)))
  sftp.on('RENAME', (id, from, to) => {
    const act = (): void => {
      if (vague && !existsSync(from)) throw new Error('no reason given')
      lstatSync(from)
      if (existsSync(to)) throw new Error('the name is taken')
      renameSync(from, to)
    }
    const fate = rename()
    if (fate === 'answered') return answer(id, act)
    if (!fate.startsWith('undone')) act()
    if (fate.startsWith('collected')) unlinkSync(to)
    if (fate.endsWith('cut')) hangUp()
  })
  // What a cut connection left open.
  sftp.on('close', () => files.forEach((file) => closeSync(file)))
}
