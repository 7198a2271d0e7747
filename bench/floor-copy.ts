/** The floor of the file benchmarks, as a process of its own: a bare DuckDB COPY followed by fsync. Prints its seconds. */
import { open, rm } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'

const [input, output, format, memoryLimit] = process.argv.slice(2)
if (!input || !output || !format || !memoryLimit) throw new Error('usage: floor-copy INPUT OUTPUT FORMAT MEMORY')
const formats: Record<string, string> = { csv: 'FORMAT csv, HEADER', ndjson: 'FORMAT json', parquet: 'FORMAT parquet, COMPRESSION snappy' }

const instance = await DuckDBInstance.create(':memory:', { memory_limit: memoryLimit })
const connection = await instance.connect()
await connection.run("SET TimeZone = 'UTC'")
await connection.run('SET preserve_insertion_order = false')
const started = performance.now()
await connection.run(`COPY (SELECT * FROM '${input}') TO '${output}' (${formats[format]})`)
const file = await open(output, 'r+')
await file.sync()
await file.close()
process.stdout.write(`${(performance.now() - started) / 1000}\n`)
await rm(output)
