/** Opens a DuckDB file for writing, adds a table that is not checkpointed, and keeps it open until it is killed: `hold-database.ts FILE`. */
import { DuckDBInstance } from '@duckdb/node-api'

const instance = await DuckDBInstance.create(process.argv[2] ?? '', { checkpoint_threshold: '1TB' })
const connection = await instance.connect()
await connection.run('CREATE TABLE IF NOT EXISTS late AS SELECT 7 AS x')
process.stdout.write('open\n')
setInterval(() => connection, 60_000)
