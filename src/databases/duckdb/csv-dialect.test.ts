import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { csvOptions, delimiterOf } from './csv-dialect.ts'

let folder: string
let instance: DuckDBInstance
let connection: DuckDBConnection
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segue-csv-'))
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
})
afterAll(async () => {
  connection.closeSync()
  instance.closeSync()
  await rm(folder, { recursive: true })
})
afterEach(() => rm(join(folder, 'a.csv'), { force: true }))

async function rowsOf(text: string): Promise<unknown[][]> {
  const path = join(folder, 'a.csv')
  await writeFile(path, text)
  return (await connection.runAndReadAll(`FROM read_csv('${path}', ${await csvOptions(path, 'a.csv')})`)).getRowsJson()
}

const many = Array.from({ length: 1000 }, (_, i) => `${i},n${i},"v, ${i}"\n`).join('')

test.each([
  ['a last line with one field more', `id,name,note\n${many}1000,n,x,extra\n`],
  ['a last line with one field less', `id,name,note\n${many}1000,n\n`],
  ['a file that was cut short inside quotes', `id,name,note\n${many}1000,n,"unfin`],
  ['one longer line among few', 'id,name,note\n1,a,b\n2,c,d,e\n3,f,g\n4,h,i\n'],
  ['a file with a line before its header', 'Report of today\nid,name\n1,a\n2,b\n'],
])('%s is an error, never another table', async (_, text) => {
  await expect(rowsOf(text)).rejects.toThrow(/CSV/)
})

test('a file without anything is refused by name', async () => {
  await expect(rowsOf('')).rejects.toMatchObject({ code: 'DATABASE_INVALID', detail: expect.stringContaining('a.csv is empty') })
})

test.each<[string, string, unknown[][]]>([
  [
    'lines that begin with #',
    'id,name\n1,a\n#3,c\n',
    [
      ['1', 'a'],
      ['#3', 'c'],
    ],
  ],
  [
    'an empty text and NULL',
    'id,s\n1,""\n2,\n',
    [
      ['1', ''],
      ['2', null],
    ],
  ],
  ['semicolons', 'id;name\n1;a,b\n', [['1', 'a,b']]],
  ['tabs', 'id\tname\n1\ta,b;c\n', [['1', 'a,b;c']]],
  ['bars', 'id|name\n1|a,b\n', [['1', 'a,b']]],
  ['a delimiter in a quoted name', '"a;b;c",name\n1,x\n', [['1', 'x']]],
  ['a byte order mark and CRLF', '\uFEFFid,name\r\n1,a\r\n', [['1', 'a']]],
  ['one column', 'name\na\nb\n', [['a'], ['b']]],
  ['only a header', 'id,name\n', []],
])('%s are read as they stand', async (_, text, rows) => {
  expect(await rowsOf(text)).toEqual(rows)
})

test('the comma wins where nothing else is more frequent', () => {
  expect(['', 'a', 'a,b;c', 'a;b;c,d', '"x|y|z",b'].map(delimiterOf)).toEqual([',', ',', ',', ';', ','])
})
