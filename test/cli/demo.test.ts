import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { runDocument } from '../../src/contract/runs.ts'
import { readDelimited } from '../helpers/csv-reader.ts'
import { workplace } from '../helpers/segue-command.ts'
import type { CommandResult, Workplace } from '../helpers/segue-command.ts'

const demoDocument = z.object({
  dataDir: z.string(),
  outbox: z.string(),
  runs: z.array(runDocument),
  next: z.array(z.string()),
  tookMs: z.number(),
})

// Each command is a process of its own, on a machine that does other things as well.
vi.setConfig({ testTimeout: 120_000 })

let place: Workplace
let first: CommandResult
beforeAll(async () => {
  place = await workplace()
  first = await place.segue(['demo', '--json'])
}, 120_000)
afterAll(() => place.close())

test('on an empty data directory it makes, sends and reports, with every row accounted for', async () => {
  expect(first.code).toBe(0)
  const { runs, outbox } = demoDocument.parse(first.json())
  expect(runs.map((run) => run.state)).toEqual(['succeeded', 'succeeded'])
  for (const { counts, files } of runs) {
    expect(counts.delivered).toBe(counts.queried)
    expect(counts.rejected + counts.skipped + counts.unknown + counts.pending).toBe(0)
    for (const file of files) {
      const bytes = await readFile(join(outbox, file.name))
      expect({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual({
        bytes: file.bytes,
        sha256: file.sha256,
      })
    }
  }
  expect(runs.flatMap((run) => run.files.map((file) => file.rows)).toSorted((a, b) => a - b)).toEqual([
    expect.any(Number),
    100_000,
    600_000,
  ])
})

test('the file holds the result of the query: every row and value, by another reader and another way to ask', async () => {
  const { outbox, dataDir, runs } = demoDocument.parse(first.json())
  const name = runs[0]?.files[0]?.name ?? ''
  const [header, ...records] = readDelimited(await readFile(join(outbox, name), 'utf8'), {
    delimiter: ',',
    quotes: true,
    escape: '"',
    lineEnding: '\n',
  })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const columns = 'customer_id, first_name, last_name, email, postal_code, city, country, lifetime_value, last_order_on, note'
  // No ORDER BY of the query's, no mapping: only what a person would check with.
  const expected = await connection.runAndReadAll(`
    SELECT COLUMNS(*)::VARCHAR FROM (SELECT ${columns} FROM '${join(dataDir, 'demo', 'shop', 'customer.parquet')}'
    WHERE email_consent AND email IS NOT NULL AND lifetime_value >= 1000 AND last_order_on < DATE '2025-12-01')`)
  expect(header?.map(({ text }) => text)).toEqual(
    'ID FIRST_NAME LAST_NAME EMAIL POSTAL_CODE CITY COUNTRY LIFETIME_VALUE LAST_ORDER NOTE SOURCE'.split(' '),
  )
  const line = (values: readonly unknown[]): string => JSON.stringify(values)
  const written = records.map((record) => line(record.slice(0, -1).map(({ text, quoted }) => (text === '' && !quoted ? null : text))))
  expect(written.toSorted()).toEqual(expected.getRowsJson().map(line).toSorted())
  expect(new Set(records.map((record) => record.at(-1)?.text))).toEqual(new Set(['segue-demo']))
})

test('a second time is as good as the first, with the same rows and, where they are ordered, the same bytes', async () => {
  const again = await place.segue(['demo', '--json'])
  expect(again.code).toBe(0)
  const files = (result: CommandResult) => demoDocument.parse(result.json()).runs.flatMap((run) => run.files)
  expect(files(again).map((file) => [file.name, file.rows])).toEqual(files(first).map((file) => [file.name, file.rows]))
  expect(files(again)[0]?.sha256).toBe(files(first)[0]?.sha256)
})

test('for people it shows files, first lines, and commands that can be copied', async () => {
  const { code, stdout } = await place.segue(['demo'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/win-back_\d{4}-\d\d-\d\d\.csv +[\d,]+ +[\d.]+ kB +[0-9a-f]{64}/)
  expect(stdout).toContain('ID,FIRST_NAME,LAST_NAME')
  expect(stdout).toContain('run win-back-to-outbox')
})

test('what it made is exported as configuration that changes nothing', async () => {
  const exported = await place.segue(['export'])
  expect(exported.stdout.match(/^kind: /gm)).toHaveLength(7)
  const plan = await place.segue(['plan', '-f', '-', '--json', '--detailed-exitcode'], { stdin: exported.stdout })
  expect(plan.json()).toEqual({ changes: [] })
  expect(plan.code).toBe(0)
})

test('the query can be looked at with another value of its parameter', async () => {
  const result = await place.segue(['query', 'customers-worth-a-win-back', '--param', 'least_value=1500', '--json'])
  const { columns, rows } = z
    .object({ columns: z.array(z.object({ name: z.string() })), rows: z.array(z.array(z.string().nullable())) })
    .parse(result.json())
  const value = columns.findIndex((column) => column.name === 'lifetime_value')
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.every((row) => Number(row[value]) >= 1500)).toBe(true)
})

test('the data directory it was given is in the commands to try', async () => {
  const result = await place.segue(['demo', '--json', '--data-dir', place.dataDir])
  const { next } = demoDocument.parse(result.json())
  expect(next.find((command) => command.includes('preview'))).toMatch(
    new RegExp(`segue --data-dir ${place.dataDir} preview win-back-to-outbox$`),
  )
})
