/** The demo's customer database: a folder of two Parquet files. */
import { DuckDBInstance } from '@duckdb/node-api'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { customerRows, customersSql, orderRows, ordersSql } from './customer-sql.ts'

export interface Shop {
  readonly folder: string
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
}

/**
 * Makes the shop below `folder` (`<folder>/shop`), in about two seconds. Files appear whole or not at all, so that a shop which is being
 * read is replaced without harm.
 */
export async function makeShop(folder: string): Promise<Shop> {
  const shop = join(folder, 'shop')
  await mkdir(shop, { recursive: true })
  const making = await mkdtemp(join(folder, '.making-'))
  try {
    await writeTables(making)
    for (const table of ['orders', 'customer']) await rename(join(making, `${table}.parquet`), join(shop, `${table}.parquet`))
  } finally {
    await rm(making, { recursive: true, force: true })
  }
  return {
    folder: shop,
    tables: [
      { name: 'customer', rows: customerRows },
      { name: 'orders', rows: orderRows },
    ],
  }
}

async function writeTables(folder: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB', temp_directory: folder })
  try {
    const connection = await instance.connect()
    await connection.run("SET TimeZone = 'UTC'")
    const orders = join(folder, 'orders.parquet')
    await connection.run(copyTo(orders, ordersSql))
    await connection.run(copyTo(join(folder, 'customer.parquet'), customersSql(orders)))
    connection.closeSync()
  } finally {
    instance.closeSync()
  }
}

function copyTo(file: string, select: string): string {
  return `COPY (${select}) TO '${file.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`
}
