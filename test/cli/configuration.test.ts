import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { workplace } from '../helpers/segue-command.ts'
import { testDatabase } from '../helpers/store.ts'
import type { Workplace } from '../helpers/segue-command.ts'

// Each command is a process of its own, on a machine that does other things as well.
vi.setConfig({ testTimeout: 120_000 })

let place: Workplace
beforeAll(async () => {
  place = await workplace(await testDatabase())
  await mkdir(join(place.folder, 'config/data'), { recursive: true })
  await writeFile(join(place.folder, 'config/data/customer.csv'), 'id,name\n007,O\'Brien\n008,"Ann, B."\n')
  await writeFile(join(place.folder, 'config/shop.yaml'), shop)
  await mkdir(join(place.folder, 'config/outbox'))
  await mkdir(join(place.folder, 'config/keys'))
  await writeFile(join(place.folder, 'config/keys/partner'), 'canary-file-secret\n')
}, 60_000)
afterAll(() => place.close())

const shop = `kind: database
name: shop
type: duckdb
settings: { path: ./data }
---
kind: query
name: all-customers
database: shop
status: active
sql: |
  SELECT id, name
  FROM customer
---
kind: destination
name: outbox
type: local
settings: { folder: ./outbox }
---
kind: orchestration
name: customers-to-outbox
query: all-customers
destination: outbox
settings: { format: csv, fileName: customers.csv }
`

const partner = `kind: credential
name: partner-key
type: sftp
secrets: { user: acme, password: "\${env:PARTNER_PASSWORD}" }
`

test('plan shows what apply does, apply does it, and then there is nothing to do', async () => {
  const plan = await place.segue(['plan', '-f', 'config', '--detailed-exitcode'])
  expect(plan.code).toBe(2)
  expect(plan.stdout).toContain('+ query all-customers')
  const applied = await place.segue(['apply', '-f', 'config', '--json'])
  expect(applied.code).toBe(0)
  expect(applied.json()).toMatchObject({
    changes: [{ action: 'create' }, { action: 'create' }, { action: 'create' }, { action: 'create' }],
  })
  const again = await place.segue(['plan', '-f', 'config', '--detailed-exitcode', '--json'])
  expect(again.json()).toEqual({ changes: [] })
  expect(again.code).toBe(0)
})

test('relative paths are those of the file: the run works from any folder', async () => {
  const run = await place.segue(['run', 'customers-to-outbox', '--json'], { cwd: '/' })
  expect(run.code).toBe(0)
  expect(await readFile(join(place.folder, 'config/outbox/customers.csv'), 'utf8')).toBe('id,name\n007,O\'Brien\n008,"Ann, B."\n')
})

test('validate checks everything and changes nothing', async () => {
  const before = await place.segue(['export'])
  const result = await place.segue(['validate', '-f', 'config', '--json'])
  expect(result.json()).toEqual({ valid: true, documents: 4 })
  expect((await place.segue(['export'])).stdout).toBe(before.stdout)
})

test('an unknown field is an error at its line, with the name that was meant', async () => {
  await writeFile(join(place.folder, 'wrong.yaml'), shop.replace('database: shop\nstatus', 'databse: shop\nstatus'))
  const result = await place.segue(['apply', '-f', 'wrong.yaml', '--json'])
  expect(result.code).toBe(6)
  const { errors } = result.json() as { errors: { file: string; line: number; column: number; message: string }[] }
  expect(errors).toContainEqual(
    expect.objectContaining({ file: 'wrong.yaml', line: 8, column: 1, message: expect.stringContaining('database') }),
  )
  const human = await place.segue(['apply', '-f', 'wrong.yaml'])
  expect(human.stdout).toBe('')
  expect(human.stderr).toContain('wrong.yaml:8:1: ')
  expect(human.stderr).toContain('Next: ')
})

test('an unknown setting is an error at its line, with the name that was meant', async () => {
  const result = await place.segue(['validate', '-f', '-', '--json'], { stdin: shop.replace('format: csv', 'fromat: csv') })
  expect(result.code).toBe(6)
  expect(result.json()).toMatchObject({
    errors: [{ file: 'standard input', line: 23, column: 13, message: expect.stringContaining('format') }],
  })
})

test('people read each mistake once, at its place in the file', async () => {
  const { stderr } = await place.segue(['validate', '-f', '-'], { stdin: shop.replace('format: csv', 'fromat: csv') })
  expect(stderr.match(/fromat/g)).toHaveLength(1)
  expect(stderr).toContain('standard input:23:13: ')
})

test('broken YAML is an error at its line', async () => {
  const result = await place.segue(['apply', '-f', '-', '--json'], { stdin: 'kind: query\nname: "x\n' })
  expect(result.code).toBe(6)
  expect(result.json()).toMatchObject({
    code: 'YAML_INVALID',
    errors: [{ file: 'standard input', line: expect.any(Number), column: expect.any(Number) }],
  })
})

test('all or nothing: a mistake in the last document keeps the first from being made', async () => {
  const stdin =
    'kind: destination\nname: never\ntype: local\nsettings: { folder: /tmp }\n---\nkind: query\nname: q\ndatabase: nowhere\nsql: SELECT 1\n'
  expect((await place.segue(['apply', '-f', '-'], { stdin })).code).toBe(6)
  expect((await place.segue(['export'])).stdout).not.toContain('never')
})

test('a secret comes from the environment, is exported as its reference, and is nowhere to be read', async () => {
  const env = { PARTNER_PASSWORD: 'canary-hunter2' }
  expect((await place.segue(['plan', '-f', '-'], { stdin: partner, env: {} })).stderr).toContain('PARTNER_PASSWORD is not set')
  const applied = await place.segue(['apply', '-f', '-', '--json'], { stdin: partner, env })
  expect(applied.code).toBe(0)
  expect(applied.stdout + applied.stderr).not.toContain('canary')
  const exported = await place.segue(['export'])
  expect(exported.stdout).toContain('${env:PARTNER_PASSWORD}')
  expect(exported.stdout).not.toContain('canary')
  const plan = await place.segue(['plan', '-f', '-', '--json'], { stdin: exported.stdout, env })
  expect(plan.json()).toEqual({ changes: [] })
  expect(
    (await place.segue(['plan', '-f', '-', '--json'], { stdin: exported.stdout, env: { PARTNER_PASSWORD: 'canary-other' } })).stdout,
  ).toContain('partner-key')
})

test('a secret from a file: relative to the configuration file, and the export can be applied from anywhere', async () => {
  await writeFile(
    join(place.folder, 'config/keys.yml'),
    'kind: credential\nname: file-key\ntype: sftp\nsecrets: { user: acme, password: "${file:./keys/partner}" }\n',
  )
  expect((await place.segue(['apply', '-f', 'config/keys.yml'])).code).toBe(0)
  const exported = await place.segue(['export'])
  expect(exported.stdout).not.toContain('canary')
  const plan = await place.segue(['plan', '-f', '-', '--json'], {
    stdin: exported.stdout,
    cwd: '/',
    env: { PARTNER_PASSWORD: 'canary-hunter2' },
  })
  expect(plan.json()).toEqual({ changes: [] })
})

test('a failed connection test keeps apply from changing anything', async () => {
  const stdin = 'kind: database\nname: gone\ntype: duckdb\nsettings: { path: /nowhere/at/all }\n'
  const result = await place.segue(['apply', '--test', '-f', '-', '--json'], { stdin })
  expect(result.code).toBe(6)
  expect(result.json()).toMatchObject({ code: 'DATABASE_NOT_FOUND', errors: [{ file: 'standard input', line: 1 }] })
  expect((await place.segue(['export'])).stdout).not.toContain('gone')
})

test('prune deletes what an earlier apply made, and never everything because the input is empty', async () => {
  const stdin = (await place.segue(['export'])).stdout.replaceAll(/kind: credential[\s\S]*?(---\n|$)/g, '').replace(/---\n$/, '')
  const plan = await place.segue(['plan', '--prune', '-f', '-'], { stdin })
  expect(plan.stdout).toContain('- credential partner-key')
  expect((await place.segue(['apply', '--prune', '-f', '-'], { stdin })).code).toBe(0)
  expect((await place.segue(['export'])).stdout).toBe(stdin)
  const nothing = await place.segue(['apply', '--prune', '-f', '-', '--json'], { stdin: '# nothing\n' })
  expect(nothing.code).toBe(6)
})

test('a large exact number in a parameter loses no digit', async () => {
  const stdin =
    'kind: query\nname: exact\ndatabase: shop\nstatus: active\nparameters: { n: { type: integer, default: 9007199254740993 } }\nsql: SELECT $n AS n\n'
  expect((await place.segue(['apply', '-f', '-'], { stdin })).code).toBe(0)
  const query = await place.segue(['query', 'exact', '--json'])
  expect(query.json()).toMatchObject({ rows: [['9007199254740993']] })
  expect((await place.segue(['plan', '-f', '-', '--json'], { stdin })).json()).toEqual({ changes: [] })
})

test('limits, delivery, retry and priority are read, printed where they are said, and come back as they were', async () => {
  const [database, query, destination, orchestration] = shop.split('---\n')
  const policies = `delivery:
  mode: append
retry:
  attempts: 3
  within: 90s
priority: 5
`
  const stdin = [database, query, `${destination}limits: { runs: 1 }\nonUnknown: hold\n`, orchestration + policies].join('---\n')
  await writeFile(join(place.folder, 'config/shop.yaml'), stdin)
  const plan = await place.segue(['plan', '-f', 'config/shop.yaml'])
  expect(plan.stdout).toContain('retry.within')
  expect((await place.segue(['apply', '-f', 'config/shop.yaml'])).code).toBe(0)
  const exported = await place.segue(['export'])
  expect(exported.stdout).toContain(policies)
  expect(exported.stdout).toContain('limits:\n  runs: 1\nonUnknown: hold\n')
  expect((await place.segue(['plan', '-f', '-', '--json'], { stdin: exported.stdout, cwd: '/' })).json()).toEqual({ changes: [] })
  const wrong = await place.segue(['validate', '-f', '-', '--json'], { stdin: stdin.replace('90s', '90') })
  expect(wrong.json()).toMatchObject({ errors: [{ line: expect.any(Number), message: expect.stringContaining('string') }] })
})

test('two commands at once share one data directory', async () => {
  const results = await Promise.all(Array.from({ length: 3 }, () => place.segue(['plan', '-f', 'config/shop.yaml', '--json'])))
  for (const result of results) expect(result.json()).toEqual({ changes: [] })
})
