import { sql } from 'kysely'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Vault } from '../../src/secrets/vault.ts'
import { clearObjects, errorOf, fieldsOf, owner, testObjects, type ObjectsInStore } from '../helpers/objects.ts'
import { allDocuments, altered, documents, input } from './configuration.ts'

const password = 'correct horse battery'

let room: ObjectsInStore
/** Where sealing breaks, as a process does that ends; null where it does not. */
let breaksAt: string | null = null

function breakable(vault: Vault): Vault {
  return {
    ...vault,
    seal: (place, plain) => {
      if (plain === breaksAt) throw new Error('the process ended')
      return vault.seal(place, plain)
    },
  }
}

beforeAll(async () => {
  room = await testObjects({ vault: breakable })
})
beforeEach(async () => {
  breaksAt = null
  await clearObjects(room)
})

const create = (secrets: object) => room.objects.create('credential', owner, { name: 'partner-key', type: 'sftp', secrets })
const change = (version: number, fields: object) => room.objects.change('credential', owner, 'partner-key', version, fields)
const apply = (secrets: object, commit = true) => room.objects.apply(owner, [altered('credential', { secrets })], { commit, prune: false })
const values = async () => room.objects.secretsOf((await room.objects.get('credential', 'partner-key')).id)

describe('a credential', () => {
  test('never shows its values, only that they are set and how long ones end', async () => {
    const { secrets } = await room.objects.create('credential', owner, input(documents.credential))
    expect(secrets).toEqual({
      user: { set: true, last4: '', reference: null, updatedAt: expect.any(Date) },
      password: { set: true, last4: 'tery', reference: '${env:PARTNER_PASSWORD}', updatedAt: expect.any(Date) },
    })
    expect(await values()).toEqual({ user: 'acme', password })
  })

  test('leaves its values nowhere in the store', async () => {
    await create({ user: 'acme', password: 'Tr0ub4dor&3-first' })
    await change(1, { secrets: { password } })
    for (const table of ['object', 'object_revision', 'secret'] as const) {
      const { rows } = await sql<{ text: string }>`SELECT ${sql.table(table)}::text AS text FROM ${sql.table(table)}`.execute(room.store.db)
      expect(rows.length).toBeGreaterThan(0)
      for (const secret of [password, 'Tr0ub4dor&3-first']) {
        expect(rows.filter(({ text }) => text.includes(secret) || text.includes(Buffer.from(secret).toString('hex')))).toEqual([])
      }
    }
    const [newest] = await room.objects.revisions('credential', 'partner-key')
    expect(newest?.after).toEqual({ name: 'partner-key', spec: { description: '', type: 'sftp' }, secrets: { password: 'set' } })
  })

  test('has the fields of its type, all that are required, and no others', async () => {
    expect(fieldsOf(await errorOf(create({ pasword: 'x' }))).toSorted()).toEqual([
      'INVALID /secrets/user',
      'UNKNOWN_FIELD /secrets/pasword',
    ])
    expect(fieldsOf(await errorOf(create({ user: 'acme', password: '' })))).toEqual(['INVALID /secrets/password'])
    expect(fieldsOf(await errorOf(create({ user: 7 })))).toEqual(['INVALID /secrets/user'])
    expect(fieldsOf(await errorOf(room.objects.create('credential', owner, { name: 'c', type: 'local', secrets: {} })))).toEqual([
      'INVALID /type',
    ])
  })

  test('never has a secret in an error', async () => {
    for (const secrets of [
      { user: password, passwd: password },
      { user: { value: password } },
      { user: [password] },
      { user: `${password}\0` },
    ]) {
      const error = await errorOf(create(secrets))
      expect(JSON.stringify([error.message, error.detail, error.errors])).not.toContain(password)
    }
  })

  test('is rotated field by field, and a field is taken away by null', async () => {
    await create({ user: 'acme', password })
    await change(1, { secrets: { password: 'another long password' } })
    expect(await values()).toEqual({ user: 'acme', password: 'another long password' })
    await change(2, { secrets: { privateKey: 'PRIVATE', password: null } })
    expect(await values()).toEqual({ user: 'acme', privateKey: 'PRIVATE' })
    expect((await room.objects.revisions('credential', 'partner-key'))[0]?.after).toMatchObject({
      secrets: { privateKey: 'set', password: 'removed' },
    })
    expect(fieldsOf(await errorOf(change(3, { secrets: { user: null } })))).toEqual(['INVALID /secrets/user'])
    expect((await change(3, { secrets: { user: 'acme' } })).version).toBe(3)
  })

  test('opens one type, which stays', async () => {
    await create({ user: 'acme' })
    const error = await errorOf(
      room.objects.create('destination', owner, { name: 'd', type: 'local', credential: 'partner-key', settings: { folder: '/out' } }),
    )
    expect(error.code).toBe('CREDENTIAL_TYPE')
  })
})

describe('secrets in files', () => {
  const given = { user: 'acme', password: { value: password, reference: '${env:P}' } }

  test('that are the same are no change; others show as [secret]', async () => {
    await apply(given)
    expect(await apply(given)).toEqual([])
    const changes = await apply({ user: 'acme', password: { value: 'other', reference: '${env:P}' }, passphrase: 'x' }, false)
    expect(changes[0]?.fields).toEqual([
      { path: 'secrets.password', before: '[secret]', after: '[secret]' },
      { path: 'secrets.passphrase', after: '[secret]' },
    ])
    expect((await apply({ user: 'acme' }, false))[0]?.fields).toEqual([{ path: 'secrets.password', before: '[secret]' }])
    expect(await values()).toEqual({ user: 'acme', password })
  })

  test('keep the text of their reference, and a new reference is a change', async () => {
    await apply(given)
    expect(await apply({ ...given, password: { value: password, reference: '${file:./p}' } })).toHaveLength(1)
    expect((await room.objects.export())[0]).toMatchObject({ secrets: { user: 'set', password: '${file:./p}' } })
  })

  test('are left alone by `set`, and by the reference that is there already', async () => {
    await apply(given)
    expect(await apply({ user: 'set', password: '${env:P}' })).toEqual([])
    expect(await values()).toEqual({ user: 'acme', password })
    expect(fieldsOf(await errorOf(apply({ user: 'set', password: 'set', passphrase: 'set' })))).toEqual(['INVALID /0/secrets/passphrase'])
    expect(fieldsOf(await errorOf(apply({ user: 'set', password: '${env:OTHER}' })))).toEqual(['INVALID /0/secrets/password'])
  })

  test('a process that ends in the middle of an apply leaves nothing', async () => {
    breaksAt = password
    const second = { ...documents.credential, name: 'first-key', secrets: { user: 'acme' } }
    await expect(room.objects.apply(owner, [second, ...allDocuments], { commit: true, prune: false })).rejects.toThrow('the process ended')
    expect(await room.objects.export()).toEqual([])
    for (const table of ['object', 'object_revision', 'secret', 'object_reference'] as const) {
      expect(await room.store.db.selectFrom(table).selectAll().execute()).toEqual([])
    }
    breaksAt = null
    expect(await room.objects.apply(owner, [second, ...allDocuments], { commit: true, prune: false })).toHaveLength(8)
  })
})
