/** PostgreSQL's own data directory: made once, then only checked. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SegueError } from '../../contract/errors.ts'
import type { Binaries } from './binaries.ts'
import type { EmbeddedPaths } from './paths.ts'
import { giveTo, runAs } from './run-as.ts'
import type { ServerUser } from './server-user.ts'

/** The role that owns the store; only the owner of the data directory reaches the socket, so there is no password. */
export const serverRole = 'segue'

/** The built-in locale provider makes text sort the same on every machine: it depends neither on its libc nor on its ICU. */
const initdbOptions = [
  ...['-U', serverRole, '-A', 'trust', '-E', 'UTF8'],
  ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--data-checksums', '--no-instructions'],
]

/**
 * Makes the cluster where there is none. initdb works beside its final place, in a folder of its own: a kill in the middle leaves nothing that
 * looks like a cluster, and a child of an initdb that was killed, which may write for a moment more, writes elsewhere. Only for the holder of the
 * supervisor's lock. Throws DATA_DIR_UNUSABLE with initdb's last line.
 */
export async function ensureCluster(bin: string, version: Binaries['version'], paths: EmbeddedPaths, user: ServerUser): Promise<void> {
  if (existsSync(join(paths.cluster, 'PG_VERSION'))) return checkVersion(paths.cluster, version)
  await removeLeftovers(paths)
  const making = `${paths.clusterInMaking}-${randomBytes(6).toString('hex')}`
  mkdirSync(making, { mode: 0o700 })
  giveTo(user, making)
  await runInitdb(join(bin, 'bin', 'initdb'), making, user, paths)
  const access = join(making, 'pg_hba.conf')
  writeFileSync(access, 'local all all trust\n')
  chmodSync(access, 0o600)
  giveTo(user, access)
  renameSync(making, paths.cluster)
  // What was written by somebody who was killed, and could not be removed a moment ago.
  await removeLeftovers(paths)
}

/** What killed makers left. What cannot be removed is in nobody's way. */
async function removeLeftovers({ root, clusterInMaking }: EmbeddedPaths): Promise<void> {
  const left = (await readdir(root)).filter((name) => name.startsWith(basename(clusterInMaking)))
  for (const name of left)
    await rm(join(root, name), { recursive: true, force: true, maxRetries: 3, retryDelay: 50 }).catch(() => undefined)
}

function runInitdb(initdb: string, folder: string, user: ServerUser, paths: EmbeddedPaths): Promise<void> {
  return new Promise((resolve, reject) => {
    const { program, args, options } = runAs(user, initdb, ['-D', folder, ...initdbOptions])
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    const lines: string[] = []
    child.stderr.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter((line) => line.trim() !== '')))
    child.on('error', (cause) =>
      reject(new SegueError('STORE_BINARIES_MISSING', `PostgreSQL's initdb cannot be started: ${cause.message}.`, { cause })),
    )
    child.on('close', (code) => {
      if (code === 0) resolve()
      else
        reject(
          new SegueError(
            'DATA_DIR_UNUSABLE',
            `PostgreSQL could not make its files in ${paths.root}: ${lines.at(-1) ?? `exit code ${code}`}`,
          ),
        )
    })
  })
}

function checkVersion(cluster: string, version: string): void {
  const found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
  const ours = version.split('.', 1)[0]
  if (found === ours) return
  throw new SegueError('DATA_DIR_UNUSABLE', `${cluster} was made by PostgreSQL ${found}, and this version of Segue brings ${ours}.`)
}
