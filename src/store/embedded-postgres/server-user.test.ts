import { expect, test } from 'vitest'
import type { Reach, ServerUser, Surroundings } from './server-user.ts'
import { decideServerUser } from './server-user.ts'

const passwd = ['root:x:0:0:root:/root:/bin/sh', 'nobody:x:65534:65533:::', 'postgres:x:101:104:::', 'ann:x:1000:1001:::'].join('\n')
const withoutPostgres = passwd.replace(/^postgres.*\n/m, '')
const closed = { closed: '/closed' }
const ownerRoot = { uid: 0, gid: 0 }
const ownerAnn = { uid: 1000, gid: 1001 }

/** A machine on which the two ways lead that far; what has no answer must not be asked. */
function root(reach: { other?: Reach; namespace?: Reach }): Surroundings {
  const answer = ({ kind }: ServerUser): Reach => {
    const found = kind === 'ourselves' ? undefined : reach[kind]
    if (found === undefined) throw new Error(`${kind} was tried without need`)
    return found
  }
  return { uid: 0, owner: null, passwd, hasName: true, reach: answer }
}
const ann = { ...root({}), uid: 1000 }
const postgres = { kind: 'other', uid: 101, gid: 104, name: 'postgres' }
const refused = (code: string, reason: string) => ({ kind: 'refused', code, reason: expect.stringContaining(reason) })

test('an ordinary user runs it as itself', () => {
  expect(decideServerUser(ann)).toEqual({ kind: 'ourselves' })
  expect(decideServerUser({ ...ann, owner: ownerAnn })).toEqual({ kind: 'ourselves' })
})

test('root runs it as postgres, else as nobody, and then tries no namespace', () => {
  const machine = root({ other: 'reached' })
  expect(decideServerUser(machine)).toEqual(postgres)
  expect(decideServerUser({ ...machine, passwd: withoutPostgres })).toEqual({ kind: 'other', uid: 65534, gid: 65533, name: 'nobody' })
})

test('root runs it in a namespace where that user cannot reach the data, or cannot be become', () => {
  for (const other of [closed, 'not runnable'] as const) {
    expect(decideServerUser(root({ other, namespace: 'reached' }))).toEqual({ kind: 'namespace' })
  }
})

test('without a namespace the folder that is closed to that user is named', () => {
  for (const namespace of ['not runnable', { closed: '/elsewhere' }] as const) {
    const reason = 'Segue runs as root and PostgreSQL as postgres, who cannot enter /closed. Choose a data directory'
    expect(decideServerUser(root({ other: closed, namespace }))).toEqual(refused('DATA_DIR_UNUSABLE', reason))
  }
  const nothing = root({ other: 'not runnable', namespace: 'not runnable' })
  expect(decideServerUser(nothing)).toEqual(refused('DATA_DIR_UNUSABLE', 'as postgres, as whom this machine runs nothing.'))
})

test('root keeps to the owner of what is there, also where that has no name', () => {
  const machine = root({ other: 'reached' })
  expect(decideServerUser({ ...machine, owner: { uid: 65534, gid: 65533 } })).toMatchObject({ name: 'nobody' })
  expect(decideServerUser({ ...machine, owner: ownerAnn })).toEqual({ kind: 'other', uid: 1000, gid: 1001, name: 'ann' })
  const nameless = { uid: 7777, gid: 7778 }
  expect(decideServerUser({ ...machine, owner: nameless })).toEqual({ kind: 'other', uid: 7777, gid: 7778, name: '7777' })
})

test('what belongs to another user is never run in a namespace, which could not read it', () => {
  const machine = { ...root({ other: closed }), owner: ownerAnn }
  expect(decideServerUser(machine)).toEqual(refused('DATA_DIR_UNUSABLE', 'PostgreSQL as ann, who cannot enter /closed.'))
})

test("what belongs to root is run in a namespace also where others could reach it, and needs no user's name", () => {
  expect(decideServerUser({ ...root({ namespace: 'reached' }), owner: ownerRoot, passwd: '' })).toEqual({ kind: 'namespace' })
  const without = { ...root({ namespace: 'not runnable' }), owner: ownerRoot }
  expect(decideServerUser(without)).toEqual(refused('DATA_DIR_UNUSABLE', 'does not let it run in a user namespace (unshare).'))
  const elsewhere = { ...root({ namespace: closed }), owner: ownerRoot }
  expect(decideServerUser(elsewhere)).toEqual(refused('DATA_DIR_UNUSABLE', 'it cannot enter /closed.'))
})

test('what cannot work is refused with the reason', () => {
  const machine = root({})
  expect(decideServerUser({ ...machine, passwd: 'root:x:0:0:::' })).toEqual(
    refused('STORE_USER_UNUSABLE', 'PostgreSQL does not run as root, and this machine has neither'),
  )
  expect(decideServerUser({ ...ann, hasName: false })).toEqual(
    refused('STORE_USER_UNUSABLE', 'The user id 1000 has no name on this machine'),
  )
  expect(decideServerUser({ ...ann, owner: { uid: 101, gid: 104 } })).toEqual(
    refused('DATA_DIR_UNUSABLE', 'The PostgreSQL data in it belongs to the user id 101, and this is 1000.'),
  )
})

test('a user without a name may start what is there: only making the cluster asks for the name', () => {
  expect(decideServerUser({ ...ann, hasName: false, owner: ownerAnn })).toEqual({ kind: 'ourselves' })
})
