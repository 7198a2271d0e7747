/** Puts the rooms together: the only place that knows them all. */
import { availableParallelism, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createApiClient } from './api-client.ts'
import type { ApiClient } from './api-client.ts'
import { inProcessTransport } from './api-transports.ts'
import type { Actor } from './contract/objects.ts'
import type { Registry } from './contract/registry.ts'
import { databaseTypes } from './databases/registry.ts'
import { destinationTypes } from './destinations/registry.ts'
import { templateTypesFor } from './destinations/template-types.ts'
import { examine } from './doctor.ts'
import type { CrashPoint } from './engine/crash-points.ts'
import { createEngine } from './engine/engine.ts'
import type { Scope } from './engine/engine.ts'
import { createPaces } from './engine/records/pace.ts'
import { usualTimings } from './engine/timings.ts'
import type { Timings } from './engine/timings.ts'
import { dataDirOf, parseEnvironment } from './environment.ts'
import { freeBytes } from './free-bytes.ts'
import { learningVault } from './learning-vault.ts'
import { createNet } from './net/net.ts'
import { createObjects } from './objects/objects.ts'
import { packageVersion } from './package-version.ts'
import { createReader } from './reader/reader.ts'
import { createScrubber } from './secrets/scrubber.ts'
import { loadSecretKey } from './secrets/secret-key.ts'
import { openVault } from './secrets/vault.ts'
import { listen } from './server/listen.ts'
import { createServer } from './server/server.ts'
import { makePrivateFolder, prepareDataDir } from './store/data-dir.ts'
import { insertDataKey, listDataKeys } from './store/data-keys.ts'
import type { WrappedDataKey } from './store/data-keys.ts'
import { openStore } from './store/open-store.ts'
import { runStore } from './store/runs/run-store.ts'
import { tcpAddressOf } from './store/tcp-address.ts'

export interface Segue {
  /** The REST API, without a socket. */
  readonly client: ApiClient
  readonly dataDir: string
  /** Opens the server's socket at SEGUE_LISTEN and gives its address. @throws LISTEN_REFUSED, LISTEN_FAILED, USAGE */
  listen(): Promise<string>
  /** Gives the runs of this process out of its hands (a server to other workers, a command cancels them), and closes everything. */
  close(): Promise<void>
}

export interface OpenOptions {
  /** `--data-dir`, where it was given. */
  readonly dataDir: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onWarning: (text: string) => void
  /** Where the server's log goes, as JSON lines; without it there is none. */
  readonly log?: (line: string) => void
  /** For a server: keeps a reader started, so that a small run need not wait for one (some 50 MB). */
  readonly spareReader?: boolean
  /** Whose runs this process works on: `all` for a server, else those that it is asked for; `none` where others work. */
  readonly scope?: Scope
  /** Shorter ones are for tests. */
  readonly timings?: Timings
  /** Hears of each crash point; for tests. */
  readonly reached?: (point: CrashPoint) => void
}

/** Every connector of this program. */
const registry: Registry = {
  databases: databaseTypes,
  destinations: destinationTypes,
  templates: templateTypesFor(destinationTypes),
}

/**
 * Opens Segue on a data directory (and on SEGUE_DATABASE_URL, where it is set). Several processes may do so at once.
 * @throws SegueError for an environment, data directory, secret key or store that cannot be used
 */
export async function openSegue({
  dataDir: given,
  env,
  onWarning: warn,
  log,
  spareReader = false,
  scope = 'asked',
  timings = usualTimings,
  reached = () => undefined,
}: OpenOptions): Promise<Segue> {
  const scrubber = createScrubber()
  const onWarning = (text: string): void => warn(scrubber.scrub(text))
  const environment = parseEnvironment(env, onWarning)
  const dataDir = prepareDataDir(dataDirOf(given, environment, env))
  const spoolDir = environment.spool ?? join(dataDir, 'spool')
  const scratchRoot = join(spoolDir, 'scratch')
  makePrivateFolder(scratchRoot, 0o700)
  const ledgerDir = join(dataDir, 'ledger')
  makePrivateFolder(ledgerDir, 0o700)

  const secretKey = await loadSecretKey({ env, dataDir, onWarning })
  const store = await openStore({ dataDir, databaseUrl: environment.databaseUrl, onWarning })
  try {
    const { db, instanceId } = store
    const dataKeys = { list: () => listDataKeys(db), insert: (key: WrappedDataKey) => insertDataKey(db, key) }
    const vault = learningVault(await openVault({ instanceId, secretKey, dataKeys }), scrubber)
    const clock = (): Date => new Date()
    const monotonicMs = (): number => performance.now()
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> => delay(ms, undefined, signal && { signal })
    const limits = {
      memoryBytes: environment.memoryBytes,
      threads: availableParallelism(),
      // Room is left for what others write meanwhile.
      spillBytes: Math.floor((await freeBytes(scratchRoot)) * 0.8),
    }
    const reader = createReader({ limits, scratchRoot, spare: spareReader })
    const objects = createObjects({ store, vault, registry, clock })
    const net = createNet({ allow: environment.allowHosts, store: tcpAddressOf(environment.databaseUrl) })
    const engine = createEngine(
      {
        store,
        runs: runStore(db),
        objects,
        reader,
        registry,
        net,
        clock,
        monotonicMs,
        sleep,
        random: Math.random,
        timings,
        owner: `${hostname()}:${process.pid}`,
        reached,
        spoolDir,
        ledgerDir,
        paces: createPaces({ monotonicMs, sleep }),
        onWarning,
      },
      scope,
    )
    const server = await createServer({
      objects,
      engine,
      registry,
      actor: owner(),
      log: log ? { write: (line) => log(scrubber.scrub(line)) } : false,
      version: packageVersion(),
      doctor: () => examine({ dataDir, spoolDir, environment, store, registry }),
    })
    return {
      client: createApiClient(inProcessTransport(server)),
      dataDir,
      listen: () => listen(server, environment.listen),
      async close() {
        // Runs first: who watches one sees it end before the streams are closed.
        await engine.close()
        await server.close()
        // Those that were still started meanwhile.
        await engine.close()
        await reader.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Who acts until there is sign-in: whoever may use the data directory. */
function owner(): Actor {
  const name = userName()
  return { id: `owner:${name}`, name }
}

/** The user's name; in a container the user may be a number only. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'owner')
  }
}
