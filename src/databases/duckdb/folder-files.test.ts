import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { folderFiles } from './folder-files.ts'

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'segue-folder-')))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const put = (name: string): Promise<void> => writeFile(join(folder, name), '')
const tables = async (): Promise<string[]> => (await folderFiles(folder)).map(({ table, kind }) => `${table}: ${kind}`)

test('a file is a table named as the file without its ending', async () => {
  for (const name of ['a.csv', 'b.parquet', 'c.json', 'd.jsonl', 'e.ndjson', 'F.CSV', 'g.h.csv']) await put(name)
  expect(await tables()).toEqual(['F: csv', 'a: csv', 'b: parquet', 'c: json', 'd: json', 'e: json', 'g.h: csv'])
})

test('hidden files, folders and other endings are passed over', async () => {
  for (const name of ['a.csv', '.b.csv', '.csv', 'notes.txt', 'csv']) await put(name)
  await mkdir(join(folder, 'c.csv'))
  expect(await tables()).toEqual(['a: csv'])
})

test('a link to a file is read where it leads', async () => {
  await mkdir(join(folder, 'elsewhere'))
  await writeFile(join(folder, 'elsewhere', 'real.data'), '')
  await symlink(join(folder, 'elsewhere', 'real.data'), join(folder, 'a.csv'))
  expect(await folderFiles(folder)).toEqual([{ table: 'a', kind: 'csv', name: 'a.csv', path: join(folder, 'elsewhere', 'real.data') }])
})

test('a link to a folder is no table', async () => {
  await put('a.csv')
  await symlink(folder, join(folder, 'b.csv'))
  expect(await tables()).toEqual(['a: csv'])
})

test.each([
  ['two files of one name', ['a.csv', 'a.parquet'], 'a.csv and a.parquet'],
  ['two names that differ in case', ['A.csv', 'a.json'], 'A.csv and a.json'],
  ['no file at all', ['a.txt'], 'holds no file'],
])('%s are refused', async (_, names, message) => {
  for (const name of names) await put(name)
  await expect(folderFiles(folder)).rejects.toMatchObject({ code: 'DATABASE_INVALID', detail: expect.stringContaining(message) })
})

test('a link that leads nowhere is refused by name', async () => {
  await symlink(join(folder, 'gone'), join(folder, 'a.csv'))
  await expect(folderFiles(folder)).rejects.toMatchObject({
    code: 'DATABASE_INVALID',
    detail: `a.csv in ${folder} cannot be read (ENOENT).`,
  })
})
