/**
 * Records over HTTP: a whole run of 1,000,000 rows in batches of 1,000, to a sink on this machine, against the same rows rendered into batches and not
 * sent; and against the loop that one writes first: row objects, JSON.stringify, POST. Rows are the 20 columns of the table of all benchmarks; and,
 * without a gate, contacts of 8 columns, of which rendering takes so little that requests, store and ledger are more than half of the time.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openSegue } from '../src/app.ts'
import { mostWindowRows } from '../src/engine/records/freeze-records.ts'
import { indexLines } from '../src/engine/records/line-index.ts'
import { createReader } from '../src/reader/reader.ts'
import { benchFolder, customersFolder } from './bench-data.ts'
import type { BenchRow } from './bench-row.ts'
import { measurePairs } from './pairs.ts'
import { watchMemory } from './process-memory.ts'
import { startSink } from './start-sink.ts'
import { timedRun } from './timed-run.ts'

const rows = 1_000_000
const batchRows = 1_000
const memoryBytes = 1_000_000_000
const run = promisify(execFile)

/** What is sent of a customer. */
const shapes = {
  'http-1m': '*',
  'http-1m-narrow': 'id, email, first_name, last_name, country, lifetime_value, updated_at, marketing_opt_in',
} as const

export async function benchHttp({ runs }: { readonly runs: number }): Promise<BenchRow[]> {
  const input = await customersFolder(rows)
  const folder = await mkdtemp(join(benchFolder(), 'http-'))
  using sink = await startSink()
  const segue = await openSegue({
    dataDir: join(folder, 'data'),
    env: { SEGUE_MEMORY_LIMIT: '1GB', SEGUE_ALLOW_HOSTS: '127.0.0.1' },
    onWarning: () => undefined,
    spareReader: true,
    scope: 'all',
  })
  try {
    await segue.client.send({
      method: 'POST',
      path: '/configuration/apply',
      body: {
        documents: [
          { kind: 'database', name: 'customers', type: 'duckdb', settings: { path: input } },
          ...Object.entries(shapes).map(([name, columns]) => ({
            kind: 'query',
            name,
            database: 'customers',
            status: 'active',
            sql: `SELECT ${columns} FROM customers`,
          })),
          { kind: 'destination', name: 'sink', type: 'http', settings: { url: sink.url, batchRows, parallel: 8 } },
          ...Object.keys(shapes).map((name) => ({ kind: 'orchestration', name, query: name, destination: 'sink' })),
        ],
      },
    })
    const ours = async (shape: keyof typeof shapes): Promise<number> => {
      await run('sync')
      const { seconds, document } = await timedRun(segue.client, shape)
      if (document.counts.delivered !== rows) throw new Error(`${document.counts.delivered} rows were delivered`)
      return rows / seconds
    }
    const measured: BenchRow[] = []
    for (const shape of ['http-1m', 'http-1m-narrow'] as const) {
      const hasGate = shape === 'http-1m'
      // In a run of its own: watching takes time of the processors, which the floor would not pay for.
      const memory = watchMemory()
      await ours(shape)
      const peakMemoryMB = memory.stop()
      const rendered = await measurePairs(runs, { ours: () => ours(shape), floor: () => renderOnly(input, folder, shapes[shape]) })
      const loop = (): Promise<number> => rowObjectLoop(join(input, 'customers.parquet'), sink.url, shapes[shape])
      const looped = await measurePairs(Math.min(runs, 3), { ours: () => ours(shape), floor: loop })
      measured.push({ name: shape, unit: 'rows/s', ...rendered, gate: hasGate ? 0.75 : null, peakMemoryMB, memoryGateMB: 1_600 })
      measured.push({ name: `${shape}-loop`, unit: 'rows/s', ...looped, gate: hasGate ? 4 : null, peakMemoryMB: null })
    }
    return measured
  } finally {
    await segue.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The path of the rows without the engine, the store and the requests: frozen, judged, and made into indexed lines. Rows per second. */
async function renderOnly(input: string, folder: string, columns: string): Promise<number> {
  await run('sync')
  const work = await mkdtemp(join(folder, 'render-'))
  const limits = { memoryBytes, threads: availableParallelism(), spillBytes: 10_000_000_000 }
  await mkdir(join(work, 'scratch'))
  const reader = createReader({ limits, scratchRoot: join(work, 'scratch') })
  const [frozen, refused, lines] = [join(work, 'frozen'), join(work, 'refused'), join(work, 'lines')]
  await writeFile(frozen, '')
  const options = { deadlineMs: 600_000, signal: new AbortController().signal }
  const started = performance.now()
  const session = await reader.open({ type: 'duckdb', settings: { path: input }, secrets: {} }, { ...options, outputs: [frozen] })
  const source = { kind: 'query', sql: `SELECT ${columns} FROM customers`, declarations: {}, parameters: {} } as const
  await session.freeze({ source, mapping: null, key: null, output: frozen, limit: null }, () => undefined)
  await session.close()
  const spool = await reader.openSpool({ ...options, folders: [work] })
  await spool.refuse({ frozen, hasKey: false, rowBytes: 1_000_000, output: refused })
  for (let from = 0; from < rows; from += mostWindowRows) {
    await spool.lines({ frozen, refused, from, to: Math.min(rows, from + mostWindowRows), output: lines })
    await indexLines(lines)
  }
  const seconds = (performance.now() - started) / 1000
  await spool.close()
  await reader.close()
  await rm(work, { recursive: true, force: true })
  return rows / seconds
}

async function rowObjectLoop(file: string, url: string, columns: string): Promise<number> {
  const script = new URL('row-object-loop.ts', import.meta.url).pathname
  const { stdout } = await run(process.execPath, [script, file, url, String(batchRows), columns])
  return rows / Number(stdout)
}
