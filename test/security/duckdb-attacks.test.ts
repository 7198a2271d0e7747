/**
 * Every attack that was tried against DuckDB, against both kinds of DuckDB database: each is refused with a code, in a process that
 * lives on, and no file is read or written. reader/statement-gate.ts refuses them; databases/duckdb/locked-instance.test.ts shows that
 * the engine's own settings would stop what gets past it.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReaderSession } from '../../src/contract/reader.ts'
import type { ClosableReader } from '../../src/reader/reader.ts'
import { errorOf, openSession, removeFolder, rowsOf, testFolder, testReader } from '../helpers/databases.ts'
import { aimed, attacks, canary, plantCanaries } from './attacks.ts'

let folder: string
let reader: ClosableReader

beforeAll(async () => {
  folder = await testFolder()
  await plantCanaries(folder)
  reader = testReader(folder)
})

afterAll(() => removeFolder(folder))

describe.each([
  ['a DuckDB file', 'shop.duckdb'],
  ['a folder of files', 'files'],
])('queries of %s', (_, path) => {
  let session: ReaderSession
  beforeAll(async () => {
    session = await openSession(reader, join(folder, path))
  })
  afterAll(() => session.close())

  test.each(Object.entries(attacks))('cannot do %s', async (_name, [code, sql]) => {
    const before = await everyFile(folder)
    const error = await errorOf(rowsOf(session, aimed(sql, folder)))
    expect(error.code).toBe(code)
    expect(error.message).not.toContain(canary)
    expect(await everyFile(folder)).toEqual(before)
  })

  test('go on in the same process after all that', async () => {
    expect(await rowsOf(session, 'SELECT * FROM customer')).toEqual([['1', 'BR']])
  })
})

/** Names and contents of every file under a folder, but for the reader's own scratch. */
async function everyFile(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !path.startsWith(join(root, 'scratch'))) found[path] = await readFile(path, 'base64')
  }
  return found
}
