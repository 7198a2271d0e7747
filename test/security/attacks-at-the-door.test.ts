/** The same attacks as people could send them: through the API and the command line. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { testInstance, type TestInstance } from '../helpers/instance.ts'
import { segue } from '../helpers/segue-command.ts'
import { aimed, attacks, canary, plantCanaries } from './attacks.ts'

let instance: TestInstance
let folder = ''
beforeAll(async () => {
  instance = await testInstance()
  folder = instance.outbox
  await plantCanaries(folder)
  await instance.apply([{ kind: 'database', name: 'folder', type: 'duckdb', settings: { path: join(folder, 'files') } }])
})

/** Names and contents of everything that could be read or written. */
async function everyFile(): Promise<readonly (readonly [string, string])[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted()
  return Promise.all(paths.map(async (path) => [path, await readFile(path, 'base64')] as const))
}

// A folder is the harder one to close: its files are read while queries run. The other kind is attacked in duckdb-attacks.test.ts.
describe('a preview through the API', () => {
  const database = 'folder'

  test.each(Object.entries(attacks))('cannot do %s', async (_name, [code, sql]) => {
    const before = await everyFile()
    const request = instance.client.send({ method: 'POST', path: '/queries/preview', body: { database, sql: aimed(sql, folder) } })
    const error: unknown = await request.then(
      () => null,
      (refused: unknown) => refused,
    )
    // A text that no query can be is refused at the door already, as a field that is not valid.
    expect([code, 'INVALID', 'BODY_INVALID']).toContain(Reflect.get(Object(error), 'code'))
    expect(String(error)).not.toContain(canary)
    expect(await everyFile()).toEqual(before)
  })

  test('works after all that', async () => {
    const { body } = await instance.client.send({ method: 'POST', path: '/queries/preview', body: { database, sql: 'FROM customer' } })
    expect(body).toMatchObject({ rows: [['1', 'BR']] })
  })
})

test.each(['read_text', 'replacement_scan', 'copy_to', 'attach_file', 'multi_drop', 'bracket', 'traversal', 'query_fn'])(
  'the command line cannot do %s',
  async (name) => {
    const [code = '', sql = ''] = attacks[name] ?? []
    const before = await everyFile()
    const env = { SEGUE_DATABASE_URL: instance.databaseUrl, SEGUE_DATA_DIR: join(instance.folder, 'data') }
    const result = await segue(['query', '--database', 'folder', '--sql', aimed(sql, folder), '--json'], { env })
    expect(result.json()).toMatchObject({ code })
    expect(result.code).toBe(6)
    expect(result.stdout + result.stderr).not.toContain(canary)
    expect(await everyFile()).toEqual(before)
  },
)
