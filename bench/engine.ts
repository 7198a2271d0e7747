/**
 * The engine's own work: batches that are sent with an intent before and a checkpoint after, against a bare loop of the same two transactions on the
 * same store. One run, and ten at once. Batches are small and the sink is fast, so that the store is what everybody waits for.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openSegue } from '../src/app.ts'
import { newId } from '../src/contract/ids.ts'
import type { RunChange } from '../src/store/runs/run-changes.ts'
import { runStore } from '../src/store/runs/run-store.ts'
import { openStore, type Store } from '../src/store/open-store.ts'
import { sql } from 'kysely'
import { benchFolder } from './bench-data.ts'
import type { BenchRow } from './bench-row.ts'
import { measurePairs } from './pairs.ts'
import { startSink } from './start-sink.ts'
import { timedRun } from './timed-run.ts'
import { DuckDBInstance } from '@duckdb/node-api'

const parts = 1_500
const rowsOfPart = 10
const leaseMs = 30_000

export async function benchEngine({ runs }: { readonly runs: number }): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(benchFolder(), 'engine-'))
  const dataDir = join(folder, 'data')
  using sink = await startSink()
  const segue = await openSegue({
    dataDir,
    env: { SEGUE_ALLOW_HOSTS: '127.0.0.1' },
    onWarning: () => undefined,
    spareReader: true,
    scope: 'all',
  })
  const store = await openStore({ dataDir, onWarning: () => undefined })
  try {
    await makeTable(join(folder, 'rows.duckdb'))
    const names = Array.from({ length: 10 }, (_, index) => `run-${index}`)
    await segue.client.send({
      method: 'POST',
      path: '/configuration/apply',
      body: {
        documents: [
          { kind: 'database', name: 'rows', type: 'duckdb', settings: { path: join(folder, 'rows.duckdb') } },
          { kind: 'query', name: 'rows', database: 'rows', status: 'active', sql: 'SELECT * FROM rows' },
          // One destination each: a destination has one pace for all of its runs.
          ...names.flatMap((name) => [
            { kind: 'destination', name, type: 'http', settings: { url: sink.url, batchRows: rowsOfPart, parallel: 4 } },
            { kind: 'orchestration', name, query: 'rows', destination: name },
          ]),
        ],
      },
    })
    const measured: BenchRow[] = []
    for (const atOnce of [1, 10]) {
      const chosen = names.slice(0, atOnce)
      const figures = await measurePairs(runs, {
        async ours() {
          const documents = await Promise.all(chosen.map(async (name) => (await timedRun(segue.client, name)).document))
          return partsPerSecond(
            store,
            documents.map(({ id }) => id),
          )
        },
        floor: async () => {
          const templates = await Promise.all(chosen.map(async (name) => (await timedRun(segue.client, name)).document.id))
          return bareLoops(store, templates)
        },
      })
      measured.push({
        name: `engine-${atOnce}-run${atOnce === 1 ? '' : 's'}`,
        unit: 'parts/s',
        ...figures,
        gate: 0.75,
        peakMemoryMB: null,
      })
    }
    return measured
  } finally {
    await segue.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeTable(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run(`CREATE TABLE rows AS SELECT i AS id, 'text ' || i AS text FROM range(${parts * rowsOfPart}) AS r(i)`)
  connection.closeSync()
  instance.closeSync()
}

/** From the first intent to the last checkpoint, as the store has it: planning and reading windows are in it, starting and ending the run are not. */
async function partsPerSecond({ db }: Store, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ seconds: number; parts: number }>`
    SELECT extract(epoch FROM max(settled_at) - min((SELECT min(at) FROM run_event e WHERE e.run_id = p.run_id AND e.event = 'delivering')))::float8 AS seconds,
      count(*)::int AS parts
    FROM part p WHERE run_id = ANY (${sql.val([...ids])})
  `.execute(db)
  const [figures] = rows
  if (!figures || figures.parts !== parts * ids.length) throw new Error(`${figures?.parts} parts were sent`)
  return figures.parts / figures.seconds
}

/** The same two transactions for the same number of parts, one after the other for each run, and nothing else. */
async function bareLoops(store: Store, templates: readonly string[]): Promise<number> {
  const runs = runStore(store.db)
  const claims = await Promise.all(templates.map((template) => runOfParts(store, template)))
  const started = performance.now()
  await Promise.all(
    claims.map(async ({ claim, ids }) => {
      for (const part of ids) {
        await runs.commit(claim, leaseMs, [{ kind: 'sending', part }])
        await runs.commit(claim, leaseMs, [checkpointOf(part)])
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  for (const { claim } of claims) await runs.commit(claim, leaseMs, [{ kind: 'end', state: 'succeeded', reason: null, error: null }])
  return (parts * templates.length) / seconds
}

function checkpointOf(part: string): RunChange {
  const settled = { delivered: rowsOfPart, rejected: 0, spends: false, possibleDuplicate: false, mayHaveArrived: false }
  return { kind: 'checkpoint', checkpoint: { part, state: 'sent', ...settled, reason: null, verdictFile: null } }
}

/** A run in the hands of this process, with parts that nobody has tried, after the pattern of one that has ended. */
async function runOfParts({ db }: Store, template: string): Promise<{ claim: { run: string; epoch: string }; ids: readonly string[] }> {
  const id = newId('run')
  await sql`
    INSERT INTO run (id, orchestration_id, orchestration_name, state, trigger, actor, requested_at, pinned, destination_id, epoch, lease_until, phase)
    SELECT ${id}, orchestration_id, orchestration_name, 'running', 'manual', actor, requested_at, pinned, destination_id, 1, clock_timestamp() + interval '1 hour', 'delivering'
    FROM run WHERE id = ${template}
  `.execute(db)
  await sql`INSERT INTO run_dataset (run_id, number, name, queried, pending) VALUES (${id}, 0, 'rows', ${parts * rowsOfPart}, ${parts * rowsOfPart})`.execute(
    db,
  )
  const ids = Array.from({ length: parts }, () => newId('part'))
  await sql`
    INSERT INTO part (id, stable_id, run_id, dataset, number, state, from_row, to_row, rows)
    SELECT id, id, ${id}, 0, 0, 'pending', 0, ${rowsOfPart}, ${rowsOfPart} FROM unnest(${sql.val(ids)}::text[]) AS id
  `.execute(db)
  return { claim: { run: id, epoch: '1' }, ids }
}
