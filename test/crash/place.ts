/** Where crash tests happen: a store, a database with two tables, a process that only looks and asks, and workers that can be killed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { openSegue, type Segue } from '../../src/app.ts'
import type { CrashPoint } from '../../src/engine/crash-points.ts'
import { isFinal, runDocument, type RunDocument } from '../../src/contract/runs.ts'
import { crashTimings } from '../helpers/crash-timings.ts'
import { duckdbFile } from '../helpers/databases.ts'
import { eventually } from '../helpers/eventually.ts'
import { testDatabase } from '../helpers/store.ts'

/** Rows of the tables, and every how manieth is bad. */
export const rowsOf = { customer: 1_500, invoice: 700 } as const
export const badEvery = 100
export const allRows = rowsOf.customer + rowsOf.invoice

export interface Worker {
  readonly child: ChildProcess
  /** Crash points in the order in which they were reached. */
  readonly reached: readonly string[]
  /** Resolves when it has ended, with the time of that. */
  readonly gone: Promise<number>
  kill(signal: NodeJS.Signals): void
}

export interface CrashPlace extends AsyncDisposable {
  readonly folder: string
  readonly dataDir: string
  readonly client: Segue['client']
  apply(documents: readonly object[]): Promise<void>
  start(orchestration: string): Promise<RunDocument>
  get(run: string): Promise<RunDocument>
  /** Waits until a run has ended, or waits for a person. */
  settled(run: string): Promise<RunDocument>
  /** Starts a worker and waits until it is ready. */
  worker(
    crash?: { readonly point: CrashPoint; readonly nth: number; readonly signal?: NodeJS.Signals },
    env?: Readonly<Record<string, string>>,
  ): Promise<Worker>
  epochOf(run: string): Promise<number>
  /** Holds the run's row until the answer is called: whoever writes about the run waits, in the middle of a transaction. */
  lockRun(run: string): Promise<() => Promise<void>>
  ask(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
}

const waiting: readonly RunDocument['state'][] = ['blocked', 'held', 'needs_review']

/** @param options.embedded the store is the data directory's own PostgreSQL */
export async function crashPlace(
  options: { readonly embedded?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CrashPlace> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'segue-crash-')))
  await chmod(folder, 0o711)
  const dataDir = join(folder, 'data')
  const databaseUrl = options.embedded === true ? '' : await testDatabase()
  const env = { ...options.env, SEGUE_ALLOW_HOSTS: '127.0.0.1', ...(databaseUrl !== '' && { SEGUE_DATABASE_URL: databaseUrl }) }
  const segue = await openSegue({ dataDir, env, onWarning: () => undefined, scope: 'none', timings: crashTimings })
  const { client } = segue
  const table = (name: keyof typeof rowsOf): string =>
    `CREATE TABLE ${name} AS SELECT '${name}-' || i AS id, 'text of ' || i AS text, i % ${badEvery} = 7 AS bad FROM range(${rowsOf[name]}) AS r(i) ORDER BY i`
  await duckdbFile(join(folder, 'shop.duckdb'), [table('customer'), table('invoice')])
  const workers: ChildProcess[] = []
  const asking = databaseUrl === '' ? null : new pg.Pool({ connectionString: databaseUrl, max: 2, options: '-c search_path=segue' })
  asking?.on('error', () => undefined)

  const get = async (run: string): Promise<RunDocument> =>
    runDocument.parse((await client.send({ method: 'GET', path: `/runs/${run}` })).body)
  const ask: CrashPlace['ask'] = async (sql, values = []) => {
    if (!asking) throw new Error('the embedded store is not asked by tests')
    return (await asking.query<Record<string, unknown>>(sql, [...values])).rows
  }
  const apply: CrashPlace['apply'] = async (documents) => {
    await client.send({ method: 'POST', path: '/configuration/apply', body: { documents } })
  }
  await apply([
    { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: join(folder, 'shop.duckdb') } },
    { kind: 'export', name: 'shop', database: 'shop', status: 'active', tables: [{ name: 'customer' }, { name: 'invoice' }] },
  ])
  return {
    folder,
    dataDir,
    client,
    apply,
    get,
    ask,
    start: async (orchestration) =>
      runDocument.parse((await client.send({ method: 'POST', path: `/orchestrations/${orchestration}/runs`, body: {} })).body),
    async settled(id) {
      let run = await get(id)
      await eventually(async () => {
        run = await get(id)
        return isFinal(run.state) || waiting.includes(run.state)
      }, 60_000)
      return run
    },
    epochOf: async (run) => Number((await ask('SELECT epoch FROM run WHERE id = $1', [run]))[0]?.['epoch']),
    async lockRun(run) {
      const locker = new pg.Client({ connectionString: databaseUrl })
      await locker.connect()
      await locker.query('BEGIN')
      await locker.query('SELECT FROM segue.run WHERE id = $1 FOR UPDATE', [run])
      return () => locker.end()
    },
    async worker(crash, more = {}) {
      const args = crash ? [crash.point, String(crash.nth), crash.signal ?? 'SIGKILL'] : []
      const program = resolve(import.meta.dirname, '../programs/crash-worker.ts')
      const child = spawn(process.execPath, [program, dataDir, databaseUrl, ...args], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env, ...more },
      })
      workers.push(child)
      const reached: string[] = []
      let rest = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        reached.push(...lines)
      })
      const gone = once(child, 'exit').then(() => performance.now())
      await eventually(() => reached.includes('ready') || child.exitCode !== null)
      return { child, reached, gone, kill: (signal) => void child.kill(signal) }
    },
    async [Symbol.asyncDispose]() {
      for (const child of workers) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
      await asking?.end()
      await segue.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
