/** Several first commands on one empty data directory: one of them makes the key, the cluster and the tables, and all of them work. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { workplace, type Workplace } from '../helpers/segue-command.ts'

// Each command is a process of its own, on a machine that does other things as well.
vi.setConfig({ testTimeout: 120_000 })

let place: Workplace
beforeAll(async () => {
  place = await workplace()
})
afterAll(() => place.close())

test('all of them work, on one store and one secret key', async () => {
  const credential = (name: string): string =>
    JSON.stringify({ kind: 'credential', name, type: 'sftp', secrets: { user: 'a', password: 'b' } })
  const names = ['one', 'two', 'three']
  const results = await Promise.all(names.map((name) => place.segue(['apply', '-f', '-'], { stdin: credential(name) })))
  expect(results.map(({ code, stderr }) => ({ code, stderr: stderr.replace(/^Warning: .*\n/gm, '') }))).toEqual(
    names.map(() => ({ code: 0, stderr: '' })),
  )
  const exported = await place.segue(['export', '--json'])
  expect(exported.json()).toMatchObject({ documents: expect.arrayContaining(names.map((name) => expect.objectContaining({ name }))) })
})
