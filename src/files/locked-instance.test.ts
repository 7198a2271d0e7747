/** The engine's own settings, without the gate: what they must stop by themselves. */
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openInstance } from './locked-instance.ts'
import type { UnlockedInstance } from './locked-instance.ts'

let folder: string
let instance: UnlockedInstance

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'segue-locked-')))
  await mkdir(join(folder, 'scratch'))
  await writeFile(join(folder, 'in.csv'), 'id\n1\n')
  await writeFile(join(folder, 'secret.csv'), 'id\n2\n')
  await writeFile(join(folder, 'out.csv'), '')
  await symlink(join(folder, 'secret.csv'), join(folder, 'link.csv'))
  instance = await openInstance({
    limits: { memoryBytes: 256_000_000, threads: 2, spillBytes: 100_000_000 },
    scratch: join(folder, 'scratch'),
    keepsOrder: false,
  })
  await instance.lock({ files: [join(folder, 'in.csv'), join(folder, 'out.csv')] })
})

afterAll(async () => {
  instance.close()
  await rm(folder, { recursive: true, force: true })
})

const run = (sql: string) => instance.connection.runAndReadAll(sql.replaceAll('@', folder))

test.each([
  "SELECT * FROM read_text('@/secret.csv')",
  "SELECT * FROM '@/secret.csv'",
  "SELECT * FROM '@/link.csv'",
  "SELECT * FROM read_text('@/scratch/../secret.csv')",
  "SELECT * FROM read_blob('/proc/self/environ')",
  "SELECT * FROM glob('@/*')",
  "SELECT * FROM sniff_csv('@/secret.csv')",
  "SELECT * FROM query('SELECT * FROM ''@/secret.csv''')",
  "SELECT * FROM 'http://127.0.0.1:9/x.csv'",
  "COPY (SELECT 1) TO '@/written.csv'",
  "EXPORT DATABASE '@/export'",
  "ATTACH '@/written.duckdb' AS x",
  'INSTALL httpfs',
  'LOAD httpfs',
  "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
  'SET enable_external_access = true',
  'RESET enable_external_access',
  'SET lock_configuration = false',
  "SET allowed_paths = ['@/secret.csv']",
  "SET allowed_directories = ['/']",
  "SET temp_directory = '@'",
  "SET memory_limit = '100GB'",
  'SET threads = 64',
  "SET home_directory = '@'",
  'SET errors_as_json = false',
  "SET TimeZone = 'Asia/Tokyo'",
  "PRAGMA profiling_output = '@/profile.json'",
])('stops %s', async (sql) => {
  const before = await readdir(folder)
  await expect(run(sql)).rejects.toThrow(/"exception_type":"(Permission|Invalid Input|Parser|IO|HTTP|Binder|Catalog|Missing Extension)"/)
  expect(await readdir(folder)).toEqual(before)
})

test('reads the inputs, writes the outputs, and may use temporary sequences meanwhile', async () => {
  await run('CREATE TEMP SEQUENCE s')
  await run("COPY (SELECT nextval('s') AS n, id FROM '@/in.csv') TO '@/out.csv' (USE_TMP_FILE false)")
  expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe('n,id\n1,1\n')
})

test('speaks UTC', async () => {
  expect((await run("SELECT '2024-07-01 12:00:00+02'::TIMESTAMPTZ::VARCHAR")).getRowsJson()).toEqual([['2024-07-01 10:00:00+00']])
})

test('has the limits that it was given', async () => {
  const settings =
    "SELECT current_setting('memory_limit'), current_setting('max_temp_directory_size'), current_setting('threads'), current_setting('preserve_insertion_order')"
  expect((await run(settings)).getRowsJson()).toEqual([['244.1 MiB', '95.3 MiB', '2', false]])
})
