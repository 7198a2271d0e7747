import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SegueError } from '../contract/errors.ts'
import { readConfiguration } from './configuration.ts'
import type { Configuration } from './configuration.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'segue-configuration-'))
})
afterAll(() => rm(folder, { recursive: true }))

const paths = (kind: string): ReadonlySet<string> => new Set(kind === 'database' ? ['path'] : [])

async function read(named: string[], options: { env?: Record<string, string>; stdin?: string } = {}): Promise<Configuration> {
  return readConfiguration(named, paths, { cwd: folder, env: options.env ?? {}, stdin: Readable.from([options.stdin ?? '']) })
}

async function failure(reading: Promise<unknown>): Promise<SegueError> {
  const error = await reading.then(
    () => new Error('it was read'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof SegueError) return error
  throw error
}

const credential = (secret: string): string => `kind: credential\nname: c\ntype: sftp\nsecrets:\n  password: ${secret}\n`

test('reads a folder with everything below it in the order of the paths, and nothing else', async () => {
  await mkdir(join(folder, 'tree/b'), { recursive: true })
  await mkdir(join(folder, 'tree/.git'), { recursive: true })
  for (const path of ['c.yml', 'a.yaml', 'b/z.yaml', '.git/x.yaml', 'notes.txt'])
    await writeFile(join(folder, 'tree', path), `name: ${path}\n`)
  const { documents } = await read(['tree'])
  expect(documents).toEqual([{ name: 'a.yaml' }, { name: 'b/z.yaml' }, { name: 'c.yml' }])
})

test('reads files and standard input in the order in which they are named', async () => {
  await writeFile(join(folder, 'one.yaml'), 'name: one\n')
  const { documents } = await read(['-', 'one.yaml'], { stdin: 'name: first\n' })
  expect(documents).toEqual([{ name: 'first' }, { name: 'one' }])
})

test('a path that is not there, and a folder without YAML, are errors', async () => {
  await mkdir(join(folder, 'empty'), { recursive: true })
  expect(await failure(read(['nowhere.yaml']))).toMatchObject({ code: 'NOT_FOUND' })
  expect(await failure(read(['empty']))).toMatchObject({ code: 'INVALID' })
  expect(await failure(read(['-', '-']))).toMatchObject({ code: 'USAGE' })
})

test('bytes that are not UTF-8 are refused by name', async () => {
  await writeFile(join(folder, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]))
  expect(await failure(read(['latin.yaml']))).toMatchObject({ code: 'YAML_INVALID', errors: [{ file: 'latin.yaml' }] })
})

test('paths are relative to the file that names them; a tilde is a name like any other', async () => {
  await mkdir(join(folder, 'config'), { recursive: true })
  await writeFile(
    join(folder, 'config/db.yaml'),
    'kind: database\nname: d\ntype: duckdb\nsettings: { path: ../data, other: ./x }\n---\nkind: database\ntype: duckdb\nsettings: { path: ~/data }\n',
  )
  const { documents } = await read(['config/db.yaml'])
  expect(documents).toMatchObject([
    { settings: { path: join(folder, 'data'), other: './x' } },
    { settings: { path: join(folder, 'config/~/data') } },
  ])
})

test('an environment reference is sent as value and reference', async () => {
  const { documents } = await read(['-'], { stdin: credential('"${env:PASSWORD}"'), env: { PASSWORD: 'hunter2' } })
  expect(documents).toMatchObject([{ secrets: { password: { value: 'hunter2', reference: '${env:PASSWORD}' } } }])
})

test('a file reference is relative to the file, loses its last line end, and keeps the whole path', async () => {
  await mkdir(join(folder, 'keys'), { recursive: true })
  await writeFile(join(folder, 'keys/partner'), 'line 1\nline 2\n\n')
  const { documents } = await read(['-'], { stdin: credential('"${file:./keys/partner}"') })
  const reference = `\${file:${join(folder, 'keys/partner')}}`
  expect(documents).toMatchObject([{ secrets: { password: { value: 'line 1\nline 2\n', reference } } }])
})

test.each([
  ['a variable that is not set', '"${env:NOT_SET}"', 'ENVIRONMENT_MISSING'],
  ['a variable that is empty', '"${env:EMPTY}"', 'ENVIRONMENT_MISSING'],
  ['a file that is not there', '"${file:./nowhere}"', 'FILE_UNREADABLE'],
  ['a reference that is a part of the value', '"x${env:EMPTY}"', 'INVALID'],
])('%s is an error at its line', async (_what, secret, code) => {
  const error = await failure(read(['-'], { stdin: credential(secret), env: { EMPTY: '' } }))
  expect(error).toMatchObject({ code, errors: [{ pointer: '/0/secrets/password', file: 'standard input', line: 5, column: 3 }] })
})

test('a reference in settings is refused rather than taken as text', async () => {
  const stdin = 'kind: destination\nname: d\nsettings:\n  host: "${env:HOST}"\n'
  expect(await failure(read(['-'], { stdin, env: { HOST: 'x' } }))).toMatchObject({ code: 'INVALID', errors: [{ line: 4, column: 3 }] })
})

test('errors of the API get the place of the field, or of what it should be in', async () => {
  await writeFile(join(folder, 'two.yaml'), 'kind: query\nname: q\n---\nkind: template\nname: t\nsettings:\n  format: csvv\n')
  const { placed } = await read(['-', 'two.yaml'], { stdin: 'kind: x\n' })
  const error = placed(
    new SegueError('INVALID', 'two mistakes', {
      errors: [
        { pointer: '/2/settings/format', message: 'm' },
        { pointer: '/1/sql', message: 'm' },
      ],
    }),
  )
  expect(error).toMatchObject({
    code: 'INVALID',
    errors: [
      { file: 'two.yaml', line: 7, column: 3 },
      { file: 'two.yaml', line: 1, column: 1 },
    ],
  })
})
