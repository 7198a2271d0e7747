import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openSegue } from '../src/app.ts'
import { benchFolder, customersFolder } from './bench-data.ts'
import { startSink } from './start-sink.ts'
import { timedRun } from './timed-run.ts'
const input = await customersFolder(1_000_000)
const folder = await mkdtemp(join(benchFolder(), 'http-'))
using sink = await startSink()
let last = performance.now()
const at = new Map<string, number>()
const n = new Map<string, number>()
const segue = await openSegue({
  dataDir: join(folder, 'data'),
  env: { SEGUE_MEMORY_LIMIT: '1GB', SEGUE_ALLOW_HOSTS: '127.0.0.1' },
  onWarning: console.log,
  spareReader: true,
  scope: 'all',
  reached: (p) => {
    if (!at.has(p)) {
      at.set(p, performance.now())
    }
    n.set(p, performance.now())
  },
})
await segue.client.send({
  method: 'POST',
  path: '/configuration/apply',
  body: {
    documents: [
      { kind: 'database', name: 'customers', type: 'duckdb', settings: { path: input } },
      { kind: 'query', name: 'everyone', database: 'customers', status: 'active', sql: 'SELECT id, email, first_name, last_name, country, lifetime_value, updated_at, marketing_opt_in FROM customers' },
      { kind: 'destination', name: 'sink', type: 'http', settings: { url: sink.url, batchRows: 1000, parallel: 32 } },
      { kind: 'orchestration', name: 'sink', query: 'everyone', destination: 'sink' },
    ],
  },
})
for (let i = 0; i < 3; i++) {
  at.clear()
  n.clear()
  const t0 = performance.now()
  const c0 = process.cpuUsage()
  const { seconds } = await timedRun(segue.client, 'sink')
  const c = process.cpuUsage(c0)
  console.log(
    seconds.toFixed(2),
    'main cpu',
    ((c.user + c.system) / 1e6).toFixed(2),
    [...at].map(([p, t]) => `${p} ${((t - t0) / 1000).toFixed(2)}..${(((n.get(p) ?? 0) - t0) / 1000).toFixed(2)}`).join(', '),
  )
}
await segue.close()
await rm(folder, { recursive: true, force: true })
process.exit(0)
