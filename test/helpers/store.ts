/** Stores for tests: each has a database of its own, with all tables and no rows. */
import { randomBytes } from 'node:crypto'
import { afterAll, inject } from 'vitest'
import type { Store } from '../../src/store/open-store.ts'
import { openStore } from '../../src/store/open-store.ts'
import { run, withDatabase } from './global-setup.ts'

const leftToClose: (() => Promise<void>)[] = []

afterAll(async () => {
  for (const close of leftToClose.splice(0)) await close()
})

/** A fresh store. Closed, and its database dropped, after the test file. */
export async function testStore(): Promise<Store> {
  const url = await testDatabase()
  const store = await openStore({ dataDir: '/nonexistent', databaseUrl: url, onWarning: console.warn })
  leftToClose.unshift(() => store.close())
  return store
}

/** The address of a fresh database with all tables; several stores may be opened on it. Dropped after the test file. */
export async function testDatabase(options: { readonly empty: boolean } = { empty: false }): Promise<string> {
  const server = inject('databaseUrl')
  const name = `segue_test_${randomBytes(6).toString('hex')}`
  await run(server, `CREATE DATABASE ${name} TEMPLATE ${options.empty ? 'template0' : inject('templateDatabase')}`)
  leftToClose.push(() => run(server, `DROP DATABASE ${name} WITH (FORCE)`))
  return withDatabase(server, name)
}
