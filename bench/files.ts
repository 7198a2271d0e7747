/**
 * Files on this machine: a whole run (start of the child, rendering, SHA-256, fsync, rename, every write to the store) of 10,000,000 rows x 20 columns
 * against a bare DuckDB COPY of the same table to the same disk, followed by fsync. And a run of 10 rows inside a running server.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createApiClient, type ApiClient } from '../src/api-client.ts'
import { httpTransport } from '../src/api-transports.ts'
import { openSegue } from '../src/app.ts'
import { benchFolder, customersFolder } from './bench-data.ts'
import type { BenchRow } from './bench-row.ts'
import { quantile } from './median.ts'
import { measurePairs, startEven } from './pairs.ts'
import { watchMemory } from './process-memory.ts'
import { timedRun } from './timed-run.ts'

const rows = 10_000_000
const memoryLimit = '1GB'
/** What the process tree may use beside DuckDB's own limit, in MB. */
const memoryBesideMB = 600
const formats = ['csv', 'parquet', 'ndjson'] as const

const run = promisify(execFile)

/** All rows of this file's benchmarks. `runs` is how often each is measured, interleaved with its floor; figures are medians. */
export async function benchFiles({ runs }: { readonly runs: number }): Promise<BenchRow[]> {
  const input = await customersFolder(rows)
  const small = await customersFolder(10)
  const folder = await mkdtemp(join(benchFolder(), 'files-'))
  const segue = await openSegue({
    dataDir: join(folder, 'data'),
    env: { SEGUE_MEMORY_LIMIT: memoryLimit, SEGUE_LISTEN: '127.0.0.1:0' },
    onWarning: () => undefined,
    spareReader: true,
  })
  try {
    const address = await segue.listen()
    const client = createApiClient(httpTransport(address, fetch))
    await client.send({
      method: 'POST',
      path: '/configuration/apply',
      body: { documents: configuration(input, small, join(folder, 'out')) },
    })
    const measured: BenchRow[] = await tenRows(client, join(small, 'customers.parquet'), folder)
    for (const format of formats) measured.push(await oneFormat(client, format, { runs, input: join(input, 'customers.parquet'), folder }))
    return measured
  } finally {
    await segue.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function configuration(input: string, small: string, folder: string): readonly object[] {
  return [
    { kind: 'database', name: 'customers', type: 'duckdb', settings: { path: input } },
    { kind: 'database', name: 'ten-customers', type: 'duckdb', settings: { path: small } },
    { kind: 'query', name: 'everyone', database: 'customers', status: 'active', sql: 'SELECT * FROM customers' },
    { kind: 'query', name: 'ten', database: 'ten-customers', status: 'active', sql: 'SELECT * FROM customers' },
    { kind: 'destination', name: 'out', type: 'local', settings: { folder, createFolders: true } },
    ...formats.map((format) => ({
      kind: 'orchestration',
      name: format,
      query: 'everyone',
      destination: 'out',
      settings: { format, fileName: `customers.${format}` },
    })),
    {
      kind: 'orchestration',
      name: 'ten',
      query: 'ten',
      destination: 'out',
      settings: { format: 'csv', fileName: 'ten.csv', existing: 'replace' },
    },
  ]
}

async function floorSeconds(input: string, folder: string, format: string): Promise<number> {
  const script = new URL('floor-copy.ts', import.meta.url).pathname
  const { stdout } = await run(process.execPath, [script, input, join(folder, `floor.${format}`), format, memoryLimit])
  return Number(stdout)
}

async function oneFormat(
  client: ApiClient,
  format: string,
  { runs, input, folder }: { runs: number; input: string; folder: string },
): Promise<BenchRow> {
  const peaks: (number | null)[] = []
  const figures = await measurePairs(runs, {
    async floor() {
      await startEven(join(folder, `floor.${format}`))
      return rows / (await floorSeconds(input, folder, format))
    },
    async ours() {
      await startEven(join(folder, 'out', `customers.${format}`))
      const memory = watchMemory()
      const { seconds, document } = await timedRun(client, format)
      peaks.push(memory.stop())
      if (document.counts.delivered !== rows) throw new Error(`${document.counts.delivered} rows were delivered`)
      return rows / seconds
    },
  })
  const peakMemoryMB = peaks.includes(null) ? null : Math.max(...peaks.map(Number))
  return { name: `${format}-local-10m`, unit: 'rows/s', ...figures, gate: 0.85, peakMemoryMB, memoryGateMB: 1000 + memoryBesideMB }
}

async function tenRows(client: ApiClient, input: string, folder: string): Promise<BenchRow[]> {
  for (let i = 0; i < 3; i += 1) await timedRun(client, 'ten')
  const ours: number[] = []
  const floors: number[] = []
  const memory = watchMemory()
  for (let i = 0; i < 50; i += 1) {
    ours.push((await timedRun(client, 'ten')).seconds * 1000)
    if (i % 10 === 0) floors.push((await floorSeconds(input, folder, 'csv')) * 1000)
  }
  const peakMemoryMB = memory.stop()
  const floor = quantile(floors, 0.5)
  const row = (name: string, value: number, gate: number): BenchRow => ({
    name,
    unit: 'ms',
    value,
    floor,
    ratio: floor / value,
    gate,
    peakMemoryMB,
    memoryGateMB: null,
  })
  return [row('run-10-rows', quantile(ours, 0.5), 300), row('run-10-rows-p95', quantile(ours, 0.95), 500)]
}
