/** A command's use of the embedded PostgreSQL: starts its supervisor where none runs, and holds it by one open connection. */
import { lstatSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { SegueError } from '../../contract/errors.ts'
import { makePrivateFolder, prepareDataDir } from '../data-dir.ts'
import { serverRole } from './cluster.ts'
import type { EmbeddedPaths } from './paths.ts'
import { embeddedPaths, socketPort } from './paths.ts'
import { joinSupervisor } from './supervisor-client.ts'

export interface EmbeddedPostgres {
  /** How to connect to it. */
  readonly address: { readonly host: string; readonly port: number; readonly user: string; readonly database: string }
  /** Lets go of it; it stops soon after the last user has. */
  close(): void
}

/**
 * Waits until PostgreSQL takes connections. As long as this process lives and has not closed, a supervisor that vanishes is replaced.
 * Nothing of it keeps the process alive. Throws DATA_DIR_UNUSABLE, STORE_BINARIES_MISSING, STORE_USER_UNUSABLE, STORE_UNAVAILABLE.
 */
export async function useEmbeddedPostgres(dataDir: string, onWarning: (text: string) => void): Promise<EmbeddedPostgres> {
  const paths = embeddedPaths(prepareDataDir(dataDir), process.platform, process.getuid?.() ?? -1)
  let closed = false
  const join = (): Promise<Socket | null> => {
    prepareFolders(paths)
    return joinSupervisor(paths, () => closed)
  }
  let connection = await join()
  const watch = (): void => {
    connection?.unref()
    connection?.once('close', () => {
      if (!closed) void rejoin()
    })
  }
  const rejoin = async (): Promise<void> => {
    for (let warned = false; !closed; warned = true) {
      try {
        connection = await join()
        if (closed) connection?.destroy()
        else watch()
        return
      } catch (error) {
        if (!warned)
          onWarning(`PostgreSQL has to be started again, and that fails: ${error instanceof SegueError ? error.detail : 'unexpectedly.'}`)
        await delay(1000, undefined, { ref: false })
      }
    }
  }
  watch()
  return {
    address: { host: paths.serverSockets, port: socketPort, user: serverRole, database: 'postgres' },
    close: () => {
      closed = true
      connection?.destroy()
    },
  }
}

/** Before the supervisor, and by its client, so that what is wrong here can be told to a person. */
function prepareFolders(paths: EmbeddedPaths): void {
  const asRoot = process.getuid?.() === 0
  makePrivateFolder(paths.root, asRoot ? 0o711 : 0o700)
  makePrivateFolder(paths.sockets, asRoot ? 0o711 : 0o700)
  const found = lstatSync(paths.sockets)
  if (!found.isDirectory() || (paths.sockets !== paths.root && found.uid !== process.getuid?.())) {
    throw new SegueError(
      'DATA_DIR_UNUSABLE',
      `${paths.sockets}, which holds the sockets of a deep data directory, belongs to somebody else.`,
    )
  }
}
