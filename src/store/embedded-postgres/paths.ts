/** Where everything of the embedded PostgreSQL lies. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'

export interface EmbeddedPaths {
  readonly dataDir: string
  /** `<dataDir>/postgres`. */
  readonly root: string
  /** PostgreSQL's own data directory. */
  readonly cluster: string
  /** What the names of folders begin with in which initdb works; renamed to `cluster` when it is complete. */
  readonly clusterInMaking: string
  readonly log: string
  /** Held by the one supervisor; the file itself is empty and stays. */
  readonly lock: string
  /** Folder of the two below: `root`, or a short one where paths of sockets would be too long. */
  readonly sockets: string
  readonly supervisorSocket: string
  /** PostgreSQL's socket folder, closed to everybody but its user. */
  readonly serverSockets: string
}

/** The number in the name of PostgreSQL's socket file; nothing listens on a network port. */
export const socketPort = 5432

/**
 * A socket's path must fit into `sun_path`: 108 bytes with the closing NUL on Linux, 104 on macOS. Where the data directory is too deep,
 * the sockets get a folder below /tmp whose name follows from the data directory, so that every command finds it.
 * (Not the temporary directory of the environment: it may differ between cron and a shell.)
 */
export function embeddedPaths(dataDir: string, platform: NodeJS.Platform, uid: number): EmbeddedPaths {
  const root = join(dataDir, 'postgres')
  const longest = Buffer.byteLength(join(root, 'run', `.s.PGSQL.${socketPort}`))
  const fits = longest <= (platform === 'darwin' ? 103 : 107)
  const sockets = fits ? root : `/tmp/segue-${uid}-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`
  return {
    dataDir,
    root,
    cluster: join(root, 'data'),
    clusterInMaking: join(root, 'data.init'),
    log: join(root, 'postgres.log'),
    lock: join(root, 'supervisor.lock'),
    sockets,
    supervisorSocket: join(sockets, 'supervisor.sock'),
    serverSockets: join(sockets, 'run'),
  }
}
