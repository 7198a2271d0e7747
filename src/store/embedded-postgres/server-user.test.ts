import { expect, test } from 'vitest'
import { chooseServerUser } from './server-user.ts'

const passwd = ['root:x:0:0:root:/root:/bin/sh', 'nobody:x:65534:65533:::', 'postgres:x:101:104:::', 'ann:x:1000:1001:::'].join('\n')
const withoutPostgres = passwd.replace(/^postgres.*\n/m, '')
const root = { uid: 0, owner: null, passwd, hasName: true }
const ann = { ...root, uid: 1000 }

test('an ordinary user runs it as itself', () => {
  expect(chooseServerUser(ann)).toBe(null)
  expect(chooseServerUser({ ...ann, owner: { uid: 1000, gid: 1001 } })).toBe(null)
})

test('root runs it as postgres, else as nobody', () => {
  expect(chooseServerUser(root)).toEqual({ uid: 101, gid: 104, name: 'postgres' })
  expect(chooseServerUser({ ...root, passwd: withoutPostgres })).toEqual({ uid: 65534, gid: 65533, name: 'nobody' })
})

test('root keeps to the owner of what is there, also where that has no name', () => {
  expect(chooseServerUser({ ...root, owner: { uid: 65534, gid: 65533 } })?.name).toBe('nobody')
  expect(chooseServerUser({ ...root, owner: { uid: 1000, gid: 1001 } })).toEqual({ uid: 1000, gid: 1001, name: 'ann' })
  expect(chooseServerUser({ ...root, owner: { uid: 7777, gid: 7778 } })).toEqual({ uid: 7777, gid: 7778, name: '7777' })
})

test('what cannot work is refused with the reason', () => {
  expect(() => chooseServerUser({ ...root, passwd: 'root:x:0:0:::' })).toThrow('STORE_USER_UNUSABLE: PostgreSQL does not run as root')
  expect(() => chooseServerUser({ ...ann, hasName: false })).toThrow('STORE_USER_UNUSABLE: The user id 1000 has no name on this machine')
  expect(() => chooseServerUser({ ...ann, owner: { uid: 101, gid: 104 } })).toThrow(
    'DATA_DIR_UNUSABLE: The PostgreSQL data in it belongs to the user id 101, and this is 1000.',
  )
})

test('a user without a name may start what is there: only making the cluster asks for the name', () => {
  expect(chooseServerUser({ ...ann, hasName: false, owner: { uid: 1000, gid: 1001 } })).toBe(null)
})
