import { expect, test } from 'vitest'
import { openStore } from './open-store.ts'
import { testDatabase, testStore } from '../../test/helpers/store.ts'

test('a store keeps its identity', async () => {
  const url = await testDatabase()
  const open = () => openStore({ dataDir: '/nonexistent', databaseUrl: url, onWarning: () => {} })
  const first = await open()
  const second = await open()
  expect(second.instanceId).toBe(first.instanceId)
  expect(first.instanceId).toMatch(/^ins_[0-9a-f]{32}$/)
  await first.close()
  await second.close()
})

test('two stores are two instances', async () => {
  const [one, other] = await Promise.all([testStore(), testStore()])
  expect(one.instanceId).not.toBe(other.instanceId)
})
