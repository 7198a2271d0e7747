import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import { testInstance } from '../helpers/instance.ts'
import { canMount, mountSmallDisk } from '../helpers/small-disk.ts'

describe.skipIf(!canMount)('a destination whose disk is full (skipped where only root may mount one)', () => {
  test('the run fails with DISK_FULL, and neither a half file nor a temporary one is left', async () => {
    using disk = mountSmallDisk()
    const instance = await testInstance()
    const shop = join(instance.folder, 'shop.duckdb')
    const database = await DuckDBInstance.create(shop)
    const connection = await database.connect()
    await connection.run("CREATE TABLE customer AS SELECT i AS id, repeat('x', 100) AS name FROM range(200000) AS range_of(i)")
    connection.closeSync()
    database.closeSync()
    await instance.apply([
      { kind: 'database', name: 'shop', type: 'duckdb', settings: { path: shop } },
      { kind: 'query', name: 'customers', database: 'shop', status: 'active', sql: 'SELECT * FROM customer' },
      { kind: 'destination', name: 'small', type: 'local', settings: { folder: disk.folder } },
      { kind: 'orchestration', name: 'customers', query: 'customers', destination: 'small', settings: { fileName: 'customers.csv' } },
    ])
    const run = await instance.run('customers')
    expect(run).toMatchObject({ state: 'blocked', reason: 'DISK_FULL', files: [], counts: { delivered: 0 } })
    expect(await readdir(disk.folder)).toEqual([])
  })
})
