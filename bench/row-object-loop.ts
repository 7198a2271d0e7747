/** The loop that one writes first: rows as objects, JSON.stringify, POST, four at a time. A process of its own; prints its seconds. */
import { DuckDBInstance } from '@duckdb/node-api'
import { Agent, request } from 'undici'

const [file, url, size, columns] = process.argv.slice(2)
if (!file || !url || !size || !columns) throw new Error('usage: row-object-loop FILE URL ROWS COLUMNS')
const batchRows = Number(size)
const atOnce = 4
const dispatcher = new Agent({ connections: atOnce })
const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
await connection.run("SET TimeZone = 'UTC'")

const started = performance.now()
const running = new Set<Promise<void>>()
const post = async (batch: readonly object[]): Promise<void> => {
  const { body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
    dispatcher,
  })
  await body.dump()
}
const send = async (batch: readonly object[]): Promise<void> => {
  const job: Promise<void> = post(batch).finally(() => running.delete(job))
  running.add(job)
  if (running.size >= atOnce) await Promise.race(running)
}
let batch: object[] = []
const result = await connection.stream(`SELECT ${columns} FROM read_parquet('${file}')`)
for await (const rows of result.yieldRowObjectJson()) {
  for (const row of rows) {
    batch.push(row)
    if (batch.length < batchRows) continue
    await send(batch)
    batch = []
  }
}
if (batch.length > 0) await send(batch)
await Promise.all(running)
process.stdout.write(`${(performance.now() - started) / 1000}\n`)
await dispatcher.close()
