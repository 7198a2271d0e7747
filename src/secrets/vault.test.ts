import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Vault } from './vault.ts'
import { openVault } from './vault.ts'

const instanceId = 'ins_0190b5a1c0de70008000000000000001'
const at = { objectId: 'crd_1', field: 'password' }

/** Data keys as the store keeps them; `insert` of an id that is there does nothing. */
function keptKeys() {
  const kept = new Map<string, Buffer>()
  return {
    kept,
    list: async () => [...kept].map(([id, wrapped]) => ({ id, wrapped })),
    insert: async ({ id, wrapped }: { id: string; wrapped: Buffer }) => {
      if (!kept.has(id)) kept.set(id, wrapped)
    },
  }
}

const secretKey = randomBytes(32)
const open = (dataKeys = keptKeys(), change = {}): Promise<Vault> => openVault({ instanceId, secretKey, dataKeys, ...change })

test('what is sealed opens again, whatever it is', async () => {
  const vault = await open()
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (plain, objectId, field) => {
      expect(vault.open({ objectId, field }, vault.seal({ objectId, field }, plain))).toBe(plain.toWellFormed())
    }),
  )
})

test('a box opens after a restart with the same key', async () => {
  const keys = keptKeys()
  const box = (await open(keys)).seal(at, 'hunter2')
  expect((await open(keys)).open(at, box)).toBe('hunter2')
})

test('with another instance key the vault does not open', async () => {
  const keys = keptKeys()
  await open(keys)
  await expect(open(keys, { secretKey: randomBytes(32) })).rejects.toMatchObject({ code: 'SECRET_KEY_WRONG' })
})

test('the data keys of another instance do not open', async () => {
  const keys = keptKeys()
  await open(keys)
  await expect(open(keys, { instanceId: 'ins_0190b5a1c0de70008000000000000002' })).rejects.toMatchObject({ code: 'SECRET_KEY_WRONG' })
})

test('a box does not open at another place', async () => {
  const vault = await open()
  const box = vault.seal(at, 'hunter2')
  expect(() => vault.open({ ...at, field: 'user' }, box)).toThrow('SECRET_UNREADABLE: The stored value of user of crd_1 does not open.')
  expect(() => vault.open({ ...at, objectId: 'crd_2' }, box)).toThrow('SECRET_UNREADABLE')
  expect(() => vault.open(at, { ...box, dataKeyId: 'key_other' })).toThrow('SECRET_UNREADABLE')
})

test('object and field cannot be shifted into each other', async () => {
  const vault = await open()
  const box = vault.seal({ objectId: 'a', field: 'b","c' }, 'hunter2')
  expect(() => vault.open({ objectId: 'a","b', field: 'c' }, box)).toThrow('SECRET_UNREADABLE')
})

test('a changed byte is noticed, wherever it is, and so is a box that was cut', async () => {
  const vault = await open()
  const { dataKeyId, sealed } = vault.seal(at, 'hunter2')
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => vault.open(at, { dataKeyId, sealed: changed }), `byte ${index}`).toThrow('SECRET_UNREADABLE')
    expect(() => vault.open(at, { dataKeyId, sealed: sealed.subarray(0, index) }), `${index} bytes`).toThrow('SECRET_UNREADABLE')
  }
})

test('two boxes of one secret share nothing that tells so', async () => {
  const vault = await open()
  const [one, other] = [vault.seal(at, 'hunter2'), vault.seal(at, 'hunter2')]
  expect(one.sealed.subarray(1, 13)).not.toEqual(other.sealed.subarray(1, 13))
  expect(one.sealed.subarray(29)).not.toEqual(other.sealed.subarray(29))
})

test('commands that start a fresh instance at once agree on one data key', async () => {
  const keys = keptKeys()
  const [one, other] = await Promise.all([open(keys), open(keys)])
  expect(keys.kept.size).toBe(1)
  expect([...keys.kept.keys()]).toEqual(['key_0190b5a1c0de70008000000000000001'])
  expect(other?.open(at, one?.seal(at, 'hunter2') ?? { dataKeyId: '', sealed: Buffer.of() })).toBe('hunter2')
})
