/** A folder for the data directories of a test file, and the processes that use them. */
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { eventually } from './eventually.ts'
import type { StoreUser } from './store-user.ts'
import { processesOf, startStoreUser } from './store-user.ts'

export interface StoreFolder {
  /** A path in it; only once the tests run. Others may pass the folder: run by root, PostgreSQL is another user. */
  place(...names: string[]): string
  /** Starts a user of the store; it is killed after the test. */
  user(dataDir: string): StoreUser
  /** One that has the store open. */
  readyUser(dataDir: string): Promise<StoreUser>
  /** Waits until no process of that data directory is left. */
  gone(dataDir: string): Promise<void>
}

/** Only for the top of a test file: makes the folder before the file's tests, and removes it after them. */
export function storeFolder(): StoreFolder {
  let folder: string
  let users: StoreUser[] = []
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'segue-pg-')))
    chmodSync(folder, 0o711)
  })
  const user = (dataDir: string): StoreUser => {
    const started = startStoreUser(dataDir)
    users.push(started)
    return started
  }
  const readyUser = async (dataDir: string): Promise<StoreUser> => {
    const started = user(dataDir)
    expect(await started.greeting).toBe('ready')
    return started
  }
  const gone = (dataDir: string) => eventually(() => processesOf(dataDir).length === 0)
  afterEach(async () => {
    for (const started of users) await started.kill()
    users = []
  })
  afterAll(async () => {
    await gone(folder)
    rmSync(folder, { recursive: true, force: true })
  })
  return { place: (...names) => join(folder, ...names), user, readyUser, gone }
}
