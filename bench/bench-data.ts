import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

/** Where benchmarks keep their input between runs; SEGUE_BENCH_DIR chooses another disk. */
export function benchFolder(): string {
  return process.env['SEGUE_BENCH_DIR'] ?? join(tmpdir(), 'segue-bench')
}

/** A folder with one Parquet table `customers` of that many rows and 20 columns; made once, the same everywhere. */
export async function customersFolder(rows: number): Promise<string> {
  const folder = join(benchFolder(), `customers-${rows}`)
  const file = join(folder, 'customers.parquet')
  if (existsSync(file)) return folder
  await mkdir(folder, { recursive: true })
  const template = await readFile(new URL('generate-rows.sql', import.meta.url), 'utf8')
  const unfinished = join(folder, '.unfinished.parquet')
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const connection = await instance.connect()
    await connection.run("SET TimeZone = 'UTC'")
    await connection.run(template.replace('${rows}', String(rows)).replace('${output}', unfinished.replaceAll("'", "''")))
    connection.closeSync()
  } finally {
    instance.closeSync()
  }
  await rename(unfinished, file)
  return folder
}
