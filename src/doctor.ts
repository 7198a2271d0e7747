/** What `segue doctor` looks at: each thing that Segue needs, one line each. */
import { version as duckdbVersion } from '@duckdb/node-api'
import { access, constants, stat } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { DoctorCheck, DoctorReport } from './contract/doctor.ts'
import { SegueError } from './contract/errors.ts'
import type { Registry } from './contract/registry.ts'
import type { Environment } from './environment.ts'
import { freeBytes } from './free-bytes.ts'
import type { Store } from './store/open-store.ts'
import { serverVersion } from './store/server-version.ts'

interface Patient {
  readonly dataDir: string
  readonly spoolDir: string
  readonly environment: Environment
  readonly store: Store
  readonly registry: Pick<Registry, 'destinations'>
}

/** Looks at everything; what cannot be looked at is a failed check, never an exception. */
export async function examine({ dataDir, spoolDir, environment, store, registry }: Patient): Promise<DoctorReport> {
  const checks = [
    check('node', async () => ok(`Node ${process.versions.node}`)),
    check('data directory', () => writable(dataDir)),
    check('secret key', () => secretKey(dataDir)),
    check('store', () => storeVersion(store, environment)),
    check('spool', () => spool(spoolDir)),
    check('memory', async () => memory(environment.memoryBytes)),
    check('engine', async () => ok(`DuckDB ${duckdbVersion()}`)),
    ...[...registry.destinations.values()].flatMap(({ type, diagnose }) => (diagnose ? [check(type, async () => diagnose())] : [])),
  ]
  return { checks: await Promise.all(checks) }
}

type Finding = Omit<DoctorCheck, 'name'>

const ok = (detail: string): Finding => ({ status: 'ok', detail })
const warning = (detail: string): Finding => ({ status: 'warning', detail })

async function check(name: string, look: () => Promise<Finding>): Promise<DoctorCheck> {
  try {
    return { name, ...(await look()) }
  } catch (error) {
    const detail =
      error instanceof SegueError
        ? error.message
        : error instanceof Error && 'code' in error
          ? String(error.code)
          : 'it cannot be looked at'
    return { name, status: 'failed', detail }
  }
}

async function writable(folder: string): Promise<Finding> {
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  return ok(folder)
}

async function secretKey(dataDir: string): Promise<Finding> {
  const file = join(dataDir, 'secret.key')
  const facts = await stat(file).catch(() => null)
  if (facts === null) return ok('given by the environment; keep a copy apart from the data')
  const others = facts.mode & 0o077
  return others === 0 ? ok(`${file}; keep a copy apart from the data`) : warning(`${file} can be read by others: chmod 600 ${file}`)
}

async function storeVersion({ db }: Store, { databaseUrl }: Environment): Promise<Finding> {
  return ok(`PostgreSQL ${await serverVersion(db)}, ${databaseUrl === undefined ? 'embedded' : 'at SEGUE_DATABASE_URL'}`)
}

const littleSpace = 5e9

async function spool(folder: string): Promise<Finding> {
  await access(folder, constants.W_OK)
  const free = await freeBytes(folder)
  const detail = `${folder}, ${(free / 1e9).toFixed(1)} GB free`
  return free < littleSpace ? warning(`${detail}: large queries may run out of disk`) : ok(detail)
}

function memory(limit: number): Finding {
  const detail = `queries may use ${(limit / 1e9).toFixed(1)} GB of ${(totalmem() / 1e9).toFixed(1)} GB (SEGUE_MEMORY_LIMIT)`
  return limit > totalmem() * 0.8 ? warning(`${detail}: that leaves little for everything else`) : ok(detail)
}
